import fc from 'fast-check';
import type { Plan } from '../../dsl/plan.ts';
import {
  createColumn,
  type EventBatch,
  neededFields,
  QUALITY_WORDS,
  type Scalar,
  type SymbolTable,
} from '../../engine/batch.ts';
import type { Engine } from '../../engine/engine.ts';

export const SOURCE = `stream s from memory "s" {
  key device: symbol  kind: symbol  n: int  x: float  note: string  ok: bool  q: quality
  time ts as ms  CLOCK  idle 20s
}
stream warm = from s where x > 0
`;
export const DEVICES = Array.from({ length: 10 }, (_, i) => `d${i}`);
export const LETTERS = [...'abcdefghij'];
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
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('x > ', 'x >= ', 'x > 0 and n < '), numbers).map(parts => parts.join('')),
  },
  numbers.map(limit => `x + n < ${limit}`),
  fc.constantFrom('ok', 'not ok', 'x / n > 1', 'prev(x) < x', 'max(x, 5s) > 3', 'x is null', 'kind != note'),
);
const limit = fc
  .tuple(fc.constantFrom('x > ', 'x >= ', 'x < ', '3 <= x or x >', 'n > '), numbers)
  .map(parts => parts.join(''));
export const condition = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(guard, rest).map(([a, b]) => `${a} and ${b}`) },
  { weight: 1, arbitrary: guard },
  { weight: 3, arbitrary: limit },
  { weight: 1, arbitrary: rest },
);
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
export const events = fc.array(event, { maxLength: 60 }).map(steps => {
  let arrivalMs = 1_000_000;
  return steps.map(({ afterMs, lateMs, ...fields }) => {
    arrivalMs += afterMs;
    return { fields, arrivalUs: arrivalMs * 1_000, timeUs: (arrivalMs - lateMs) * 1_000 };
  });
});
export type TestEvent = {
  readonly fields: Readonly<Record<string, Scalar>>;
  readonly arrivalUs: number;
  readonly timeUs: number;
};
export const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 });

export function push(engine: Engine, plan: Plan, all: readonly TestEvent[], batchLengths: readonly number[]): void {
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
