import fc from 'fast-check';
import type { AggregateColumn, AggregateName } from '../../dsl/plan.ts';
import { type Column, createColumn } from '../../engine/batch.ts';
import type { Frame, View } from '../../engine/operator.ts';
import type { OracleValue } from './aggregates.ts';
import { runs } from './runs.ts';

/** What the property tests of panes and ranges share: generated events, frames of them, and all aggregates. */
export type Event = {
  readonly key: number;
  readonly timeUs: number;
  readonly isMasked: boolean;
  readonly quality: 0 | 1 | 2 | null;
  readonly x: number | null;
  readonly y: number | null;
  readonly truth: 0 | 1 | null;
  readonly symbol: number | null;
  readonly text: string | null;
};

const RUNS = runs(150);

export const PARAMETERS = {
  ...RUNS,
  /** A run takes a few milliseconds; this ends the shrinking of a failure, which may take thousands, and then reports it. */
  interruptAfterTimeLimit: 30_000 + RUNS.numRuns * 50,
  markInterruptAsFailure: true,
};

export const TIMEOUT_MS = PARAMETERS.interruptAfterTimeLimit * 2;

export const KEYS = 3;
export const SPAN_US = 2_000_000;

/** Quarters, so that most sums are exact and ties are many. */
const quarter = fc.integer({ min: -40, max: 40 }).map(value => value / 4);
const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 4 });

export const events: fc.Arbitrary<Event[]> = fc
  .array(
    fc.record({
      key: fc.nat(KEYS - 1),
      elapsed: fc.constantFrom(0, 0, 1, 1, 2, 5, 9),
      isMasked: fc.boolean(),
      quality: fc.constantFrom<Event['quality'][]>(0, 0, 0, 0, 1, 2, null),
      x: nullable(quarter),
      y: nullable(quarter),
      truth: nullable(fc.constantFrom<(0 | 1)[]>(0, 1)),
      symbol: nullable(fc.nat(3)),
      text: nullable(fc.constantFrom('', 'a', 'b', 'c')),
    }),
    { maxLength: 80, size: 'max' },
  )
  .map(drawn => {
    let timeUs = 1_700_000_000_000_000;
    return drawn.map(({ elapsed, ...rest }) => ({ ...rest, timeUs: (timeUs += elapsed * 250_000) }));
  });

/** How a run of events is cut into frames: lengths, used round about. */
export const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });

export function cut(all: readonly Event[], lengths: readonly number[]): Event[][] {
  const parts: Event[][] = [];
  for (let from = 0, i = 0; from < all.length; i++) {
    const length = lengths[i % lengths.length]!;
    parts.push(all.slice(from, from + length));
    from += length;
  }
  return parts;
}

const FIELDS = ['x', 'y', 'truth', 'symbol', 'text', 'quality', 'isMasked'] as const;
const TYPES = {
  x: 'float',
  y: 'float',
  truth: 'bool',
  symbol: 'symbol',
  text: 'string',
  quality: 'quality',
  isMasked: 'bool',
} as const;
export type Argument = 'x' | 'y' | 'truth' | 'symbol' | 'text';

export const MASK = FIELDS.indexOf('isMasked');
export const FIRST_FREE_SLOT = FIELDS.length;

export function viewOf(mask: number | undefined): View {
  const keys = { fields: ['key'], size: KEYS, values: (key: number) => ({ key }) };
  return {
    frame: { id: 'frame', keys, addSlot: () => 0 },
    mask,
    slots: new Map(FIELDS.map((name, slot) => [name, slot])),
  };
}

export function frameOf(part: readonly Event[]): Frame {
  const timeUs = Float64Array.from(part, event => event.timeUs);
  const columns = FIELDS.map(name =>
    columnOf(
      TYPES[name],
      part.map(event => (name === 'isMasked' ? Number(event[name]) : event[name])),
    ),
  );
  const keyIds = Uint32Array.from(part, event => event.key);
  return {
    length: part.length,
    keyIds,
    timeUs,
    watermarkUs: timeUs,
    arrivalUs: timeUs,
    rows: undefined,
    hasRows: true,
    columns,
  };
}

export function columnOf(type: Column['type'], values: readonly OracleValue[]): Column {
  const column = createColumn(type, values.length);
  values.forEach((value, row) => {
    if (value !== null) column.values[row] = value;
  });
  if (values.includes(null)) column.valid = Uint8Array.from(values, value => (value === null ? 0 : 1));
  return column;
}

export function valueOf(column: Column, row: number): OracleValue {
  return column.valid?.[row] === 0 ? null : column.values[row]!;
}

function aggregate(name: AggregateName, ...inputs: Argument[]): AggregateColumn {
  const type =
    name === 'argmax' || name === 'argmin'
      ? TYPES[inputs[1]!]
      : ['first', 'last', 'mode'].includes(name)
        ? TYPES[inputs[0]!]
        : 'float';
  const parameter = name === 'ewma' ? 700_000 : 0.9;
  return { name: `${name}(${inputs.join()})#`, aggregate: name, arguments: inputs, parameter, type };
}

const OF_X: AggregateName[] = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'first',
  'last',
  'stddev',
  'var',
  'median',
  'percentile',
  'mode',
  'distinct',
  'delta',
  'increase',
  'rate',
  'slope',
  'spread',
  'ewma',
  'integral',
  'twa',
];

/** Each aggregate of numbers, and those of any type of each type. */
export const AGGREGATES: readonly AggregateColumn[] = [
  aggregate('count'),
  ...OF_X.map(name => aggregate(name, 'x')),
  aggregate('duration', 'truth'),
  aggregate('correlation', 'x', 'y'),
  ...(['y', 'truth', 'symbol', 'text'] as const).flatMap(y => [
    aggregate('argmax', 'x', y),
    aggregate('argmin', 'x', y),
  ]),
  ...(['truth', 'symbol', 'text'] as const).flatMap(x =>
    (['count', 'first', 'last', 'mode', 'distinct'] as const).map(name => aggregate(name, x)),
  ),
];

/** Equal but for rounding. */
export function isClose(found: OracleValue, expected: OracleValue): boolean {
  if (typeof found !== 'number' || typeof expected !== 'number') return found === expected;
  return Math.abs(found - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
}
