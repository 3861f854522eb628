import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import type { AlertChange, Snapshot } from '../../engine/operator.ts';
import { condition, DEVICES, events, lengths, LETTERS, push, SOURCE, type TestEvent } from './guarded-events.ts';
import { runs } from '../oracle/runs.ts';

const RUN = runs(60);

const duration = fc.constantFrom('', '', ' for 3s', ' for 8s gap 4s');
const level = (severity: string) =>
  fc.tuple(condition, duration).map(([when, held]) => `${severity} when ${when}${held}`);
const optional = (...texts: readonly string[]) => fc.constantFrom('', '', ...texts);
const rule = fc
  .record({
    view: fc.constantFrom('s', 's', 's', 'warm'),
    levels: fc.oneof(
      { weight: 3, arbitrary: level('high').map(high => [high]) },
      { weight: 1, arbitrary: fc.tuple(level('low'), level('high')) },
    ),
    clear: optional('clear when x < 1', 'clear when ok for 2s', 'clear after 5s'),
    whileHolds: optional('while ok settle 2s', 'while n > 0 settle 1s'),
    cooldown: optional('cooldown 6s'),
    latch: optional('latch'),
    quality: optional('quality good else unknown'),
    escalate: optional('escalate to critical after 10s'),
  })
  .map(({ view, levels, ...parts }) => {
    return { view, body: [...levels, ...Object.values(parts).filter(part => part !== '')].join('  ') };
  });
/** Never true: they make whatever the others are found by worth an index. */
const FILLERS = [
  ...['s', 'warm'].flatMap(view => {
    const texts = (values: readonly string[]) => values.map(value => `"${value}"`).join(', ');
    const lists = [`device in (${texts(DEVICES)})`, `kind in (${texts(LETTERS)})`, `note in (${texts(LETTERS)})`];
    return [...lists, 'n in (-2, -1, 0, 1, 2, 3, 4, 5)'].map(list => `on ${view} { high when ${list} and x > 100 }`);
  }),
  ...['x > ', 'x < -', 'n > '].flatMap(limit =>
    Array.from({ length: 8 }, (_, i) => `on s { high when ${limit}${100 + i} }`),
  ),
].map((rule, i) => `rule filler${i} ${rule}`);

const rules = fc.record({
  clock: fc.constantFrom('', 'lateness 3s', 'expire 40s', 'expire 40s  lateness 3s'),
  rules: fc.array(rule, { minLength: 2, maxLength: 7 }).map(some => [...some, ...some.slice(0, 3).map(likeIt)]),
});

/** A rule of the same form, which keeps what it knows beside the other. */
function likeIt({ view, body }: { readonly view: string; readonly body: string }) {
  return { view, body: body.replaceAll('"d0"', '"d1"').replaceAll(/(x [<>]=?) \d/g, '$1 2') };
}

/** Whether a key is forgotten depends on all rules. */
const lasting = rules.map(({ clock, ...program }) => ({ ...program, clock: clock.replace('expire 40s', '') }));

test('rules that are found by an index do what each does that looks at all rows', () => {
  fc.assert(
    fc.property(rules, events, lengths, (program, all, batchLengths) => {
      const plan = planOf(program);
      const together = run(plan, all, batchLengths);
      for (const rule of namesOf(plan)) {
        const observer = { rule: { name: rule, observe: () => {} }, pattern: null }; // one that is observed is in no index
        const alone = run(plan, all, [all.length], { observer }).filter(change => change.rule === rule);
        expect(byKey(together.filter(change => change.rule === rule))).toEqual(byKey(alone));
      }
    }),
    RUN,
  );
});

test('they go on from a state of rules alone, and these from theirs', () => {
  fc.assert(
    fc.property(lasting, events, lengths, fc.nat(), (program, all, batchLengths, at) => {
      const cut = at % (all.length + 1);
      const together = planOf(program);
      const before = new Engine(together);
      push(before, together, all.slice(0, cut), batchLengths);
      const rest = run(together, all.slice(cut), batchLengths, { snapshot: before.snapshot() });
      for (const name of namesOf(together)) {
        const alone = planOf(program, name);
        const stored = new Engine(alone);
        push(stored, alone, all.slice(0, cut), batchLengths);
        const own = byKey(rest.filter(change => change.rule === name));
        expect(byKey(run(alone, all.slice(cut), batchLengths, { snapshot: stored.snapshot() }))).toEqual(own);
        expect(byKey(run(alone, all.slice(cut), batchLengths, { snapshot: partOf(before.snapshot(), alone) }))).toEqual(
          own,
        );
      }
    }),
    { ...RUN, numRuns: Math.ceil(RUN.numRuns / 4) },
  );
});

type Program = {
  readonly clock: string;
  readonly rules: readonly { readonly view: string; readonly body: string }[];
};

/** `only`: the one rule that it has. */
function planOf({ clock, rules: bodies }: Program, only?: string): Plan {
  const texts = bodies.map(({ view, body }, i) => ({ name: `r${i}`, text: `rule r${i} on ${view} { ${body} }` }));
  const shown = texts.filter(({ name }) => only === undefined || name === only);
  const rest = only === undefined ? FILLERS : [];
  const text = [SOURCE.replace('CLOCK', clock), ...shown.map(each => each.text), ...rest].join('\n');
  const { plan, diagnostics } = compile({ file: 'rules.mill', text });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

function namesOf({ nodes }: Plan): string[] {
  return nodes.flatMap(node => (node.kind === 'rule' && !node.name.startsWith('filler') ? [node.name] : []));
}

/** To the end of the source. */
function run(
  plan: Plan,
  all: readonly TestEvent[],
  batchLengths: readonly number[],
  options: EngineOptions = {},
): AlertChange[] {
  const changes: AlertChange[] = [];
  const engine = new Engine(plan, { ...options, onAlert: change => changes.push(change) });
  push(engine, plan, all, batchLengths);
  engine.finish('s');
  return changes;
}

/** How alerts of different keys follow each other depends on how the input is cut. */
function byKey(changes: readonly AlertChange[]): Readonly<Record<string, readonly AlertChange[] | undefined>> {
  return Object.groupBy(changes, ({ key }) => JSON.stringify(key));
}

/** What a plan of one rule has of the state of all. */
function partOf(snapshot: Snapshot, plan: Plan): Snapshot {
  const state = snapshot['state'] as { readonly [table: string]: Snapshot };
  const ids = new Set(plan.nodes.map(({ id }) => id));
  const tables = Object.entries(state).map(([id, rows]) => {
    const operators = Object.entries(rows['operators'] as Snapshot).filter(([node]) => ids.has(node));
    return [id, { ...rows, operators: Object.fromEntries(operators) }];
  });
  return { ...snapshot, state: Object.fromEntries(tables) };
}
