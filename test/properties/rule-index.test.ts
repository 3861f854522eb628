import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import {
  createColumn,
  type EventBatch,
  neededFields,
  QUALITY_WORDS,
  type Scalar,
  type SymbolTable,
} from '../../engine/batch.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import type { AlertChange, Snapshot } from '../../engine/operator.ts';

const RUN = {
  numRuns: Number(process.env['MILLRACE_RUNS'] ?? 60),
  ...(process.env['MILLRACE_SEED'] === undefined ? {} : { seed: Number(process.env['MILLRACE_SEED']) }),
};

const SOURCE = `stream s from memory "s" {
  key device: symbol  kind: symbol  n: int  x: float  note: string  ok: bool  q: quality
  time ts as ms  CLOCK  idle 20s
}
stream warm = from s where x > 0
`;
const DEVICES = Array.from({ length: 10 }, (_, i) => `d${i}`);
const LETTERS = [...'abcdefghij'];
const numbers = fc.integer({ min: -2, max: 5 });

/** What an index finds rules by, and what is left to be tested at the rows that are found. */
const guard = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('d0', 'd1', 'd9').map(device => `device == "${device}"`) },
  fc.subarray(DEVICES, { minLength: 1 }).map(some => `device in (${some.map(name => `"${name}"`).join(', ')})`),
  fc.tuple(numbers, numbers).map(([a, b]) => `(n == ${a} or ${b} == n)`),
  fc.constantFrom(...LETTERS).map(kind => `kind == "${kind}"`),
  fc.constantFrom(...LETTERS).map(note => `note == "${note}"`),
);
const rest = fc.oneof(
  numbers.map(limit => `x > ${limit}`),
  numbers.map(limit => `x + n < ${limit}`),
  fc.constantFrom('ok', 'not ok', 'x / n > 1', 'prev(x) < x', 'max(x, 5s) > 3', 'x is null', 'kind != note'),
);
const limit = fc
  .tuple(fc.constantFrom('x > ', 'x >= ', 'x < ', '3 <= x or x >', 'n > '), numbers)
  .map(parts => parts.join(''));
const condition = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(guard, rest).map(([a, b]) => `${a} and ${b}`) },
  { weight: 1, arbitrary: guard },
  { weight: 3, arbitrary: limit },
  { weight: 1, arbitrary: rest },
);
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

const event = fc.record({
  device: fc.constantFrom('d0', 'd0', 'd1', 'other'),
  afterMs: fc.constantFrom(0, 0, 500, 1_000, 1_000, 2_500, 9_000, 45_000),
  lateMs: fc.constantFrom(0, 0, 0, 1_000, 5_000),
  kind: fc.option(fc.constantFrom(...'abc'), { freq: 6 }),
  n: fc.option(numbers, { freq: 6 }),
  x: fc.option(numbers, { freq: 6 }),
  note: fc.option(fc.constantFrom(...'abc'), { freq: 6 }),
  ok: fc.option(fc.boolean(), { freq: 6 }),
  q: fc.option(fc.constantFrom('good', 'good', 'good', 'bad'), { freq: 9 }),
});
const events = fc.array(event, { maxLength: 60 }).map(steps => {
  let arrivalMs = 1_000_000;
  return steps.map(({ afterMs, lateMs, ...fields }) => {
    arrivalMs += afterMs;
    return { fields, arrivalUs: arrivalMs * 1_000, timeUs: (arrivalMs - lateMs) * 1_000 };
  });
});
type TestEvent = {
  readonly fields: Readonly<Record<string, Scalar>>;
  readonly arrivalUs: number;
  readonly timeUs: number;
};
const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 });

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

function push(engine: Engine, plan: Plan, all: readonly TestEvent[], batchLengths: readonly number[]): void {
  for (let at = 0, i = 0; at < all.length; i++) {
    const length = batchLengths[i % batchLengths.length]!;
    engine.push(batchOf(all.slice(at, at + length), plan, engine.symbols));
    at += length;
  }
}

function batchOf(all: readonly TestEvent[], plan: Plan, symbols: SymbolTable): EventBatch {
  const source = plan.nodes.find(node => node.kind === 'source')!;
  const columns = neededFields(source).map(({ name, type }) => {
    const column = createColumn(type, all.length);
    if (all.some(({ fields }) => fields[name] === null)) column.valid = new Uint8Array(all.length);
    all.forEach(({ fields }, row) => {
      const value = fields[name]!;
      if (value === null) return;
      if (column.valid !== undefined) column.valid[row] = 1;
      column.values[row] = encoded(value, type, symbols);
    });
    return column;
  });
  return {
    stream: 's',
    length: all.length,
    timeUs: Float64Array.from(all, ({ timeUs }) => timeUs),
    arrivalUs: Float64Array.from(all, ({ arrivalUs }) => arrivalUs),
    columns,
    rejected: [],
  };
}

function encoded(value: Exclude<Scalar, null>, type: string, symbols: SymbolTable): string | number {
  if (type === 'symbol') return symbols.idOf(String(value));
  if (type === 'quality') return QUALITY_WORDS.indexOf(value as never);
  return typeof value === 'boolean' ? Number(value) : value;
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
