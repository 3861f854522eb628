import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { matchState, type StateMatch } from '../../engine/state-identity.ts';
import { runs } from '../oracle/runs.ts';

const options: fc.Parameters<unknown> = runs(200);

const SOURCE = (name: string, lateness: string) =>
  `stream ${name} from file "${name}.csv" csv {
    key device: symbol  site: symbol  x: float  y: float  ok: bool  time ts as ms  lateness ${lateness}
  }`;

const value = fc.constantFrom(
  ...['x', 'y', 'x + 2 * y', 'prev(x)', 'avg(x, 1h)', 'max(x, 10 events)', 'stddev(avg(x, 1h), 1h)', 'x - prev(y, 3)'],
);
const condition = fc.oneof(
  fc.tuple(value, fc.constantFrom('>', '<'), value).map(([left, operator, right]) => `${left} ${operator} ${right}`),
  fc.constantFrom('ok', 'changed(ok)', 'becomes(x > 3)', 'since(ok) > 1m'),
);
const where = fc.oneof(
  fc.constant(''),
  condition.map(text => `where ${text}`),
);
const window = fc.constantFrom(
  'window tumbling 1m',
  'window tumbling 1h',
  'window hopping 1h every 5m',
  'window session 1m max 1h',
  'window count 100 every 50',
  'window tumbling 1d in "Europe/Berlin"',
  'window state from x > 3 to ok max 1h',
);
const early = fc.constantFrom('', ' emit every 10s');
const aggregate = fc.constantFrom('avg', 'max', 'last');
/** All streams have the columns x, y and ok, so that anything can be made from anything. */
const derived = fc.oneof(
  fc.tuple(where, value).map(([rows, x]) => `${rows} select ${x} as x, y, ok, site`),
  fc.tuple(where, window, aggregate, value, early).map(([rows, panes, call, x, emit]) => {
    const shown = panes.startsWith('window count') ? '' : emit;
    return `${rows} by site ${panes} select ${call}(${x}) as x, min(y) as y, last(ok) as ok${shown}`;
  }),
);
const rule = fc.tuple(condition, condition).map(([when, clear]) => `{ high when ${when} for 10s clear when ${clear} }`);

type Program = { readonly text: (name: (stream: string) => string) => readonly string[]; readonly streams: string[] };

/** `from` is the place of an earlier stream, counted round. */
const program: fc.Arbitrary<Program> = fc
  .record({
    lateness: fc.constantFrom('0s', '5s'),
    derived: fc.array(fc.tuple(fc.nat(), derived), { maxLength: 5 }),
    rules: fc.array(fc.tuple(fc.nat(), rule), { maxLength: 4 }),
  })
  .map(({ lateness, derived: parts, rules }) => {
    const streams = ['alpha', 'beta', ...parts.map((_, i) => `stream_${i}`)];
    const text = (name: (stream: string) => string) => [
      SOURCE(name('alpha'), lateness).replace(`${name('alpha')}.csv`, 'alpha.csv'),
      SOURCE('beta', '0s'),
      ...parts.map(
        ([from, rest], i) => `stream ${name(`stream_${i}`)} = from ${name(streams[from % (i + 2)]!)} ${rest}`,
      ),
      ...rules.map(([from, rest], i) => `rule rule_${i} on ${name(streams[from % streams.length]!)} ${rest}`),
    ];
    return { text, streams };
  });

test('a plan keeps all of its own state, under its own names', () => {
  fc.assert(
    fc.property(program, ({ text }) => {
      const plan = planOf(text(same));
      const match = matchState(plan, plan);
      expectAllKept(match);
      for (const found of match.nodes.values()) {
        if (!found.kept) continue;
        expect(found.from).toBe(found.id);
        for (const [next, stored] of found.columns) expect(next).toBe(stored);
      }
    }),
    options,
  );
});

test('the order of statements changes nothing', () => {
  fc.assert(
    fc.property(
      program.chain(({ text }) =>
        fc.tuple(fc.constant(text(same)), fc.shuffledSubarray([...text(same)], { minLength: text(same).length })),
      ),
      ([statements, shuffled]) => expectAllKept(matchState(planOf(statements), planOf(shuffled))),
    ),
    options,
  );
});

test('a stream of another name keeps its state and all behind it', () => {
  fc.assert(
    fc.property(program, fc.nat(), ({ text, streams }, place) => {
      const renamed = streams.filter(stream => stream !== 'beta')[place % (streams.length - 1)]!;
      const next = planOf(text(stream => (stream === renamed ? 'renamed' : stream)));
      expectAllKept(matchState(planOf(text(same)), next));
    }),
    options,
  );
});

function expectAllKept({ nodes, positions, gone }: StateMatch): void {
  expect([...nodes.values()].filter(match => !match.kept)).toEqual([]);
  expect(gone).toEqual([]);
  expect(positions.size).toBe(2);
}

function planOf(statements: readonly string[]): Plan {
  const { plan, diagnostics } = compile({ file: 'rules.mill', text: statements.join('\n') });
  expect(diagnostics.filter(diagnostic => diagnostic.severity === 'error')).toEqual([]);
  return plan!;
}

function same(stream: string): string {
  return stream;
}
