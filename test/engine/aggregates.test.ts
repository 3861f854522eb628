import { describe, expect, test } from 'vitest';
import { AGGREGATES as CATALOG } from '../../dsl/catalog/aggregates.ts';
import type { AggregateColumn, AggregateName, RangeNode, ValueType } from '../../dsl/plan.ts';
import { createPaneAggregates } from '../../engine/aggregates/pane-aggregate.ts';
import { createColumn, SymbolTable } from '../../engine/batch.ts';
import type { Frame, Operator, View } from '../../engine/operator.ts';
import { createRange } from '../../engine/operators/range.ts';
import { columnOf, valueOf } from '../oracle/aggregate-cases.ts';
import type { OracleValue } from '../oracle/aggregates.ts';

const HOUR_US = 3600e6;

type Case = {
  readonly aggregate: AggregateName;
  readonly over: readonly OracleValue[]; // of x, one second apart unless `at` (µs) says otherwise
  readonly and?: readonly OracleValue[]; // of y
  readonly at?: readonly number[];
  readonly parameter?: number;
  readonly pane: OracleValue; // that ends a second after the last
  readonly range?: OracleValue; // at the last row; default: as the pane
};

const CASES: Case[] = [
  // of no value
  { aggregate: 'sum', over: [null], pane: null },
  { aggregate: 'avg', over: [null, null], pane: null },
  { aggregate: 'count', over: [null], pane: 0 },
  { aggregate: 'distinct', over: [null], pane: 0 },
  { aggregate: 'median', over: [null], pane: null },
  { aggregate: 'mode', over: [null], pane: null },
  { aggregate: 'twa', over: [null], pane: null },
  { aggregate: 'argmax', over: [null], and: [1], pane: null },
  // of one
  { aggregate: 'var', over: [7], pane: null },
  { aggregate: 'delta', over: [7], pane: 0 },
  { aggregate: 'increase', over: [7], pane: 0 },
  { aggregate: 'rate', over: [7], pane: null },
  { aggregate: 'slope', over: [7], pane: null },
  { aggregate: 'correlation', over: [7], and: [1], pane: null },
  { aggregate: 'percentile', over: [7], parameter: 0.99, pane: 7 },
  { aggregate: 'integral', over: [7], pane: 7, range: 0 },
  { aggregate: 'twa', over: [7], pane: 7 },
  // ties, gaps, resets
  { aggregate: 'mode', over: [3, 1, 1, 3], pane: 3 },
  { aggregate: 'argmin', over: [2, 1, 1], and: ['a', 'b', 'c'], pane: 'b' },
  { aggregate: 'argmax', over: [2, 3, 1], and: ['a', null, 'c'], pane: null },
  { aggregate: 'increase', over: [10, null, 12, 3, 4], pane: 6 },
  { aggregate: 'rate', over: [10, null, 12, 3, 4], pane: 1.5 },
  { aggregate: 'slope', over: [1, 2], at: [5, 5], pane: null },
  { aggregate: 'slope', over: [0, null, 20, 30], pane: 10 },
  { aggregate: 'correlation', over: [1, 2, 3], and: [5, 5, 5], pane: null },
  { aggregate: 'correlation', over: [1, 2, 3, 9], and: [6, 4, 2, null], pane: -1 },
  { aggregate: 'percentile', over: [4, 1, 3, 2], parameter: 0.25, pane: 1.75 },
  { aggregate: 'percentile', over: [4, 1, 3, 2], parameter: 0, pane: 1 },
  { aggregate: 'percentile', over: [4, 1, 3, 2], parameter: 1, pane: 4 },
  { aggregate: 'integral', over: [1, null, 5], pane: 7, range: 2 },
  { aggregate: 'twa', over: [1, 4], at: [0, 3e6], pane: 1.75, range: 1 },
  { aggregate: 'ewma', over: [0, 3], at: [0, 0], parameter: 1e6, pane: 1.5 },
  { aggregate: 'ewma', over: [0, 3], at: [0, HOUR_US - 1], parameter: 1, pane: 3 },
  // what is not finite is null
  { aggregate: 'sum', over: [1.7e308, 1.7e308], pane: null },
  { aggregate: 'var', over: [1e300, 0], pane: null },
  { aggregate: 'spread', over: [1.7e308, -1.7e308], pane: null },
  // numbers that a plain loop gets wrong
  { aggregate: 'sum', over: [1e16, 1, -1e16], pane: 1 },
  { aggregate: 'sum', over: [1, 1e100, 1, -1e100], pane: 2 },
  { aggregate: 'var', over: [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16], pane: 30 },
  { aggregate: 'avg', over: [5e-324, 5e-324], pane: 5e-324 },
  { aggregate: 'slope', over: [1e12, 1e12 + 1, 1e12 + 2], pane: 1 },
];

const EXAMPLES: Case[] = Object.values(CATALOG).flatMap(({ aggregate, constant, examples }) =>
  examples.map(({ over, parameter = constant, gives }) => ({
    aggregate,
    over: over.map(value => plain(Array.isArray(value) ? value[0] : value)),
    ...(Array.isArray(over[0]) ? { and: over.map(value => plain((value as readonly OracleValue[])[1]!)) } : {}),
    ...(parameter === undefined ? {} : { parameter }),
    pane: plain(gives),
  })),
);

const HELD = ['integral', 'twa', 'duration']; // whose last value counts in a pane only

describe('panes', () => {
  test.each([...EXAMPLES, ...CASES])('$aggregate($over)', example => {
    const { frame, view, column } = scene(example);
    const { states, values } = createPaneAggregates([column], view, new SymbolTable());
    states[0]!.reserve(1);
    states[0]!.accumulate({ length: frame.length, entries: undefined, slots: new Int32Array(frame.length) }, frame);
    const output = createColumn(column.type, 1);
    values[0]!.write(0, output, 0, { startUs: 0, endUs: frame.timeUs.at(-1)! + 1e6 });
    expectClose(valueOf(output, 0), example.pane);
  });
});

describe('ranges', () => {
  test.each([...EXAMPLES.filter(({ aggregate }) => !HELD.includes(aggregate)), ...CASES])(
    '$aggregate($over)',
    example => {
      const { frame, view, column } = scene(example);
      rangeOf(column, view, { us: HOUR_US }).process(frame);
      expectClose(
        valueOf(frame.columns[2]!, frame.length - 1),
        example.range === undefined ? example.pane : example.range,
      );
    },
  );
});

/** The sliding value against the plain recomputation over the last `events` values, at every 97th row. */
describe.each([
  { what: 'a constant', at: () => 0.1 },
  { what: 'noise beside 1e12', at: (_: number, noise: number) => 1e12 + noise },
  { what: 'spikes of 1e300', at: (i: number, noise: number) => (i % 1000 === 500 ? 1e300 : noise) },
  {
    what: 'spikes of 1e300 and 1e150',
    at: (i: number, noise: number) => (i % 500 === 7 ? 10 ** (300 - 150 * (i % 3)) : noise),
  },
  { what: 'denormals', at: (_: number, noise: number) => noise * 1e-310 },
  { what: 'alternating signs', at: (i: number, noise: number) => (i % 2 === 0 ? 1e15 + noise : -1e15) },
])('a range over $what', ({ at }) => {
  const EVENTS = 300;
  const values = Float64Array.from({ length: 20_000 }, (_, i) => at(i, ((i * 2_654_435_761) % 1_000_003) / 1_000_003));

  test.each(['sum', 'avg', 'stddev', 'slope', 'spread', 'median'] as const)('%s stays true', aggregate => {
    const column: AggregateColumn = { name: 'a#', aggregate, arguments: ['x'], type: 'float' };
    const operator = rangeOf(column, VIEW, { events: EVENTS });
    const found = slide(operator, values);
    for (let i = 0; i < values.length; i += 97) {
      const inRange = values.subarray(Math.max(0, i + 1 - EVENTS), i + 1);
      const { value, tolerance } = recomputed(aggregate, inRange);
      if (!Number.isFinite(value)) expect(found[i]).toBeNaN();
      else expect(Math.abs(found[i]! - value), `row ${i}: ${found[i]}, not ${value}`).toBeLessThanOrEqual(tolerance);
    }
  });
});

test('a million equal values', () => {
  const aggregates = ['avg', 'stddev', 'slope', 'sum'] as const;
  for (const aggregate of aggregates) {
    const column: AggregateColumn = { name: 'a#', aggregate, arguments: ['x'], type: 'float' };
    const found = slide(rangeOf(column, VIEW, { events: 300_000 }), new Float64Array(1_000_000).fill(0.1));
    expect(found.at(-1)).toBe({ avg: 0.1, stddev: 0, slope: 0, sum: 30_000 }[aggregate]);
  }
});

test('a ring gives its memory back after a burst, and an emptied range is exactly empty', () => {
  const column: AggregateColumn = { name: 'a#', aggregate: 'avg', arguments: ['x'], type: 'float' };
  const operator = rangeOf(column, VIEW, { us: 1e6 });
  const burst = frameOf(
    Float64Array.from({ length: 5000 }, (_, i) => 1e17 + i * 1e10),
    i => i,
  );
  operator.process(burst);
  for (let second = 1; second < 10; second++) {
    const quiet = frameOf(Float64Array.of(0.3), () => second * 10e6);
    operator.process(quiet);
    expect(valueOf(quiet.columns[2]!, 0)).toBe(0.3);
  }
});

function scene({ aggregate, over, and = over.map(() => null), at, parameter }: Case) {
  const types = { x: typeOf(over), y: typeOf(and) };
  const isOfY = aggregate === 'argmax' || aggregate === 'argmin';
  const isOfX = ['first', 'last', 'mode'].includes(aggregate);
  const type = isOfY ? types.y : isOfX ? types.x : 'float';
  const isOfBoth = isOfY || aggregate === 'correlation';
  const column: AggregateColumn = {
    name: 'a#',
    aggregate,
    arguments: isOfBoth ? ['x', 'y'] : ['x'],
    type,
    ...(parameter === undefined ? {} : { parameter }),
  };
  const frame = frameOf(new Float64Array(over.length), i => at?.[i] ?? i * 1e6);
  frame.columns = [columnOf(types.x, over), columnOf(types.y, and)];
  return { frame, column, view: VIEW };
}

const VIEW: View = {
  frame: { id: 'frame', keys: { fields: [], size: 1, values: () => ({}) }, addSlot: () => 0 },
  mask: undefined,
  slots: new Map([
    ['x', 0],
    ['y', 1],
  ]),
};

function rangeOf(column: AggregateColumn, input: View, range: RangeNode['range']): Operator {
  const node: RangeNode = { kind: 'range', id: 'a', input: 'frame', range, quality: null, aggregates: [column] };
  return createRange(node, { input, symbols: new SymbolTable(), alerts: { emit: () => {} } }, [2]);
}

function frameOf(values: Float64Array, at: (row: number) => number): Frame {
  const { length } = values;
  const timeUs = Float64Array.from(values, (_, row) => at(row));
  const columns = [{ type: 'float' as const, values, valid: undefined }];
  return {
    length,
    keyIds: new Uint32Array(length),
    timeUs,
    watermarkUs: timeUs,
    arrivalUs: timeUs,
    rows: undefined,
    hasRows: true,
    columns,
  };
}

/** Results at each row, NaN for null; one event a second. */
function slide(operator: Operator, values: Float64Array): Float64Array {
  const found = new Float64Array(values.length);
  for (let from = 0; from < values.length; from += 1024) {
    const frame = frameOf(values.subarray(from, from + 1024), row => (from + row) * 1e6);
    operator.process(frame);
    for (let row = 0; row < frame.length; row++)
      found[from + row] = (valueOf(frame.columns[2]!, row) as number | null) ?? Number.NaN;
  }
  return found;
}

/** Two passes, shifted by the first value, so that this too is exact enough; and what rounding of the inputs allows. */
function recomputed(aggregate: 'sum' | 'avg' | 'stddev' | 'slope' | 'spread' | 'median', values: Float64Array) {
  const n = values.length;
  const magnitude = values.reduce((total, value) => total + Math.abs(value), 0) + Number.MIN_VALUE * 1e4;
  const shifted = values.map(value => value - values[0]!);
  const mean = shifted.reduce((total, value) => total + value, 0) / n;
  const squares = shifted.reduce((total, value) => total + (value - mean) ** 2, 0);
  const sorted = values.toSorted();
  switch (aggregate) {
    case 'sum':
      return { value: values.reduce((total, value) => total + value, 0), tolerance: magnitude * 1e-12 };
    case 'avg':
      return { value: values[0]! + mean, tolerance: (magnitude / n) * 1e-12 };
    case 'stddev': {
      const value = n < 2 ? Number.NaN : Math.sqrt(squares / (n - 1));
      return { value, tolerance: value * 1e-9 + (magnitude / n) * 1e-15 };
    }
    case 'slope': {
      const middle = (n - 1) / 2;
      const products = shifted.reduce((total, value, i) => total + (i - middle) * (value - mean), 0);
      const value = n < 2 ? Number.NaN : products / ((n * (n * n - 1)) / 12);
      return { value, tolerance: (magnitude / n) * 1e-12 + 1e-320 };
    }
    case 'spread':
      return { value: sorted.at(-1)! - sorted[0]!, tolerance: 0 };
    case 'median':
      return {
        value: (sorted[Math.floor((n - 1) / 2)]! + sorted[Math.ceil((n - 1) / 2)]!) / 2,
        tolerance: magnitude * 1e-15,
      };
  }
}

function typeOf(values: readonly OracleValue[]): ValueType & ('float' | 'string') {
  return values.some(value => typeof value === 'string') ? 'string' : 'float';
}

/** The catalog's truth values are 1 and 0 here. */
function plain(value: number | string | boolean | null | undefined): OracleValue {
  return typeof value === 'boolean' ? Number(value) : (value ?? null);
}

function expectClose(found: OracleValue, expected: OracleValue): void {
  if (typeof found === 'number' && typeof expected === 'number') expect(found).toBeCloseTo(expected, 12);
  else expect(found).toBe(expected);
}
