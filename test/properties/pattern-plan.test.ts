import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { explainPlan } from '../../dsl/explain-plan.ts';
import { patternDiagrams } from '../../dsl/explain-pattern.ts';
import { validatePlan } from '../../dsl/validate-plan.ts';
import { Engine } from '../../engine/engine.ts';
import { runs } from '../oracle/runs.ts';

/**
 * Patterns of all forms that the grammar has: what the checker takes, the engine runs, and what it does not take is told with a
 * code, and not as a fault of our own.
 */
const RUN = runs(500);

const STREAMS = `
stream m from memory "m" json { key id: symbol  site: symbol  x: float  k: symbol  time ts as ms }
stream c from memory "c" json { key id: symbol  site: symbol  x: float  k: symbol  y: float  time ts as ms }
`;

const NAMES = ['a', 'b', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'l', 'n', 'o'] as const;
/** Where a name is given, and where one is read that was given before: they are put in when the pattern is whole. */
const GIVEN = '@:';
const READ = '@@';

const quantifier = often([''], ['{2}', '{2,3}', '+', '?', '{0,2}'], ['{0}', '{3,2}']);
const duration = often(['1s', '2s', '3s'], ['5s', '9s'], ['10s', '0s']);
const operand = often(
  ['x', 'x', '3', `${READ}.x`],
  [`${READ}.last.x`, `${READ}.first.x`, `${READ}[1].x`, `(avg(${READ}.x) ?? 1)`, 'avg(x, 1m)', 'prev(x)'],
  ['y', `avg(${READ}.x, 1m)`, 'z.x'],
);
const condition = fc.oneof(
  fc.constant(''),
  fc
    .tuple(operand, fc.constantFrom('>', '<', '=='), operand, often([''], [' and k == "on"'], [' and x < 2']))
    .map(([left, operator, right, more]) => `[${left} ${operator} ${right}${more}]`),
);
const bare = fc.tuple(often(['m'], ['c'], ['m']), condition).map(parts => parts.join(''));
const event = fc.tuple(fc.constantFrom('', GIVEN), bare, quantifier).map(parts => parts.join(''));

const { step } = fc.letrec<{ step: string }>(tie => ({
  step: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'step' },
    { weight: 6, arbitrary: event },
    { weight: 2, arbitrary: fc.tuple(bare, duration).map(([of, time]) => `not ${of} for ${time}`) },
    { weight: 1, arbitrary: group(tie('step'), ' or ') },
    { weight: 1, arbitrary: group(tie('step'), ' and ') },
    { weight: 1, arbitrary: group(tie('step'), ' -> ') },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('step'), event, duration)
        .map(([one, other, time]) => `(${one} ~> ${other} within ${time})`),
    },
  ),
}));

function group(inner: fc.Arbitrary<string>, word: string) {
  return fc
    .tuple(fc.array(inner, { minLength: 2, maxLength: 3 }), quantifier)
    .map(([parts, times]) => `(${parts.join(word)})${times}`);
}

/** Of what is right, of what may be, and now and then of what is wrong. */
function often(right: readonly string[], other: readonly string[], wrong: readonly string[]) {
  return fc.oneof(
    { weight: 16, arbitrary: fc.constantFrom(...right) },
    { weight: 4, arbitrary: fc.constantFrom(...other) },
    { weight: 1, arbitrary: fc.constantFrom(...wrong) },
  );
}

const pattern = fc
  .record({
    steps: fc.array(step, { minLength: 1, maxLength: 4 }),
    arrow: often(['->'], ['~>'], ['->']),
    end: event,
    within: often(['within 10s'], ['within 10s'], ['']),
    unless: often([''], ['unless m[k == "off"]', `unless c[x > ${READ}.x]`], ['unless m{2}']),
    rest: often([''], ['skip none', 'skip past last', 'on timeout'], ['across a.site == b.site']),
    by: often([''], ['by site', 'by global'], ['by y']),
  })
  .map(({ steps, arrow, end, within, unless, rest, by }) =>
    named(`${[...steps, end].join(` ${arrow} `)} ${within} ${unless} ${rest} ${by}`),
  );

/** Each name once, and read from the one that was given last. */
function named(text: string): { readonly text: string; readonly names: readonly string[] } {
  const names: string[] = [];
  const whole = text.replaceAll(/@:|@@/g, found => {
    if (found === READ) return names.at(-1) ?? 'm';
    names.push(NAMES[names.length % NAMES.length]!);
    return `${names.at(-1)}: `;
  });
  return { text: whole, names };
}

test('what is taken is a plan that can run; what is not, is told', () => {
  let takenCount = 0;
  fc.assert(
    fc.property(pattern, fc.boolean(), ({ text, names }, isRule) => {
      const [name] = names;
      const statement = isRule
        ? `rule r on ${text} { high ${name === undefined ? '' : `message "{${name}.time}"`} }`
        : `stream s = match ${text} select time as at_time${name === undefined ? '' : `, count(${name}) as n`}`;
      const { plan, diagnostics } = compile({ file: 'a.mill', text: `${STREAMS}${statement}` });
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      expect(errors.filter(({ code }) => code.startsWith('MR9'))).toEqual([]);
      expect(plan === null).toBe(errors.length > 0);
      if (plan === null) return;
      takenCount++;
      validatePlan(plan);
      expect(explainPlan(plan)).toContain('match');
      expect(patternDiagrams(plan)).toContain('stateDiagram-v2');
      expect(new Engine(plan, { rowStreams: isRule ? [] : ['s'] }).counters().events).toBe(0);
    }),
    RUN,
  );
  expect(takenCount).toBeGreaterThan(RUN.numRuns / 20); // or nearly nothing would be shown
});
