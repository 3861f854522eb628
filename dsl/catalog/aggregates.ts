import type { AggregateName, ValueType } from '../plan.ts';
import type { Parameter } from './signature.ts';

/**
 * Documentation, signature and tests of an aggregate. Aggregates skip nulls; of no value at all they are null, save for
 * counts. A range may follow the parameters: `avg(temp, 1h)`, `max(rms, 10 events)`.
 */
export type Aggregate = {
  readonly doc: string; // one sentence
  readonly aggregate: AggregateName; // what the plan calls it
  /** Columns first; one with `isConstant` is the plan's `parameter`. */
  readonly parameters: readonly Parameter[];
  readonly constant?: number; // the plan's parameter where the name says it: p95
  readonly result: {
    /** `first`, `second`: an argument's; `mean`: the first's, save that whole numbers become floats. */
    readonly type: ValueType | 'first' | 'second' | 'mean';
    readonly unit?: AggregateUnit;
  };
  /** Values one second apart, and what the aggregate gives over them in a pane that ends a second after the last. */
  readonly examples: readonly AggregateExample[];
};

/** Of the first argument's unit; default: none. `total` and `integral` of points have no meaning (MEANING.md 33). */
export type AggregateUnit = 'first' | 'second' | 'total' | 'difference' | 'per-second' | 'squared' | 'integral';

type Value = number | string | boolean | null;

type AggregateExample = {
  readonly over: readonly (Value | readonly Value[])[]; // a list of lists where there are two arguments
  readonly parameter?: number;
  readonly gives: Value;
};

const NUMBER: readonly Parameter[] = [{ name: 'x', accepts: 'number' }];
const QUANTITY: readonly Parameter[] = [{ name: 'x', accepts: 'quantity' }];
const ORDERED: readonly Parameter[] = [{ name: 'x', accepts: 'ordered' }];
const ANY: readonly Parameter[] = [{ name: 'x', accepts: 'any' }];

const SAME = { type: 'first', unit: 'first' } as const;
const MEAN = { type: 'mean', unit: 'first' } as const;

export const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  count: {
    doc: 'The number of events; `count(x)`: of values of x.',
    aggregate: 'count',
    parameters: [{ name: 'x', accepts: 'any', isOptional: true }],
    result: { type: 'int' },
    examples: [{ over: [1, null, 3], gives: 2 }],
  },
  sum: {
    doc: 'The sum, compensated.',
    aggregate: 'sum',
    parameters: QUANTITY,
    result: { type: 'first', unit: 'total' },
    examples: [{ over: [0.1, 0.2, 0.3], gives: 0.6 }],
  },
  avg: {
    doc: 'The mean of the values, each counting the same; `twa` weights by time.',
    aggregate: 'avg',
    parameters: QUANTITY,
    result: MEAN,
    examples: [{ over: [1, 2, 6], gives: 3 }],
  },
  min: {
    doc: 'The least value.',
    aggregate: 'min',
    parameters: ORDERED,
    result: SAME,
    examples: [{ over: [3, 1, 2], gives: 1 }],
  },
  max: {
    doc: 'The greatest value.',
    aggregate: 'max',
    parameters: ORDERED,
    result: SAME,
    examples: [{ over: [3, 1, 2], gives: 3 }],
  },
  first: {
    doc: 'The first value.',
    aggregate: 'first',
    parameters: ANY,
    result: SAME,
    examples: [{ over: [null, 1, 2], gives: 1 }],
  },
  last: {
    doc: 'The last value.',
    aggregate: 'last',
    parameters: ANY,
    result: SAME,
    examples: [{ over: [1, 2, null], gives: 2 }],
  },
  stddev: {
    doc: "The sample's standard deviation; null of fewer than two values.",
    aggregate: 'stddev',
    parameters: NUMBER,
    result: { type: 'float', unit: 'difference' },
    examples: [
      { over: [2, 4, 6], gives: 2 },
      { over: [2], gives: null },
    ],
  },
  var: {
    doc: "The sample's variance; null of fewer than two values.",
    aggregate: 'var',
    parameters: NUMBER,
    result: { type: 'float', unit: 'squared' },
    examples: [{ over: [2, 4, 6], gives: 4 }],
  },
  median: {
    doc: 'The value in the middle; of an even number of values, the mean of the middle two.',
    aggregate: 'median',
    parameters: QUANTITY,
    result: MEAN,
    examples: [{ over: [5, 1, 2, 4], gives: 3 }],
  },
  percentile: {
    doc: 'The value below which a part q of the values lies, interpolated; q is a ratio: `95%` or 0.95.',
    aggregate: 'percentile',
    parameters: [
      { name: 'x', accepts: 'quantity' },
      { name: 'q', accepts: 'number', unit: 'ratio', isConstant: true, least: 0, most: 1 },
    ],
    result: MEAN,
    examples: [{ over: [10, 20, 30, 40, 50], parameter: 0.9, gives: 46 }],
  },
  ...percentiles([1, 5, 10, 25, 50, 75, 90, 95, 98, 99]),
  mode: {
    doc: 'The most frequent value; of several the one that came first.',
    aggregate: 'mode',
    parameters: ANY,
    result: SAME,
    examples: [{ over: [1, 2, 2, 3], gives: 2 }],
  },
  distinct: {
    doc: 'The number of different values.',
    aggregate: 'distinct',
    parameters: ANY,
    result: { type: 'int' },
    examples: [{ over: [1, 2, 2, null], gives: 2 }],
  },
  delta: {
    doc: 'The last value less the first.',
    aggregate: 'delta',
    parameters: QUANTITY,
    result: { type: 'first', unit: 'difference' },
    examples: [{ over: [3, 9, 5], gives: 2 }],
  },
  increase: {
    doc: 'How far a counter rose; where it falls it began again at 0.',
    aggregate: 'increase',
    parameters: NUMBER,
    result: { type: 'first', unit: 'difference' },
    examples: [{ over: [5, 8, 1, 2], gives: 5 }],
  },
  rate: {
    doc: 'The increase of a counter per second, from its first value to its last.',
    aggregate: 'rate',
    parameters: NUMBER,
    result: { type: 'float', unit: 'per-second' },
    examples: [{ over: [0, 2, 4], gives: 2 }],
  },
  slope: {
    doc: 'The slope of the least-squares line, per second; null of fewer than two instants.',
    aggregate: 'slope',
    parameters: NUMBER,
    result: { type: 'float', unit: 'per-second' },
    examples: [{ over: [1, 2, 3], gives: 1 }],
  },
  range: {
    doc: 'The greatest value less the least.',
    aggregate: 'spread',
    parameters: QUANTITY,
    result: { type: 'first', unit: 'difference' },
    examples: [{ over: [3, 9, 5], gives: 6 }],
  },
  ewma: {
    doc: 'The mean in which the weight of a value halves with every half-life that has passed.',
    aggregate: 'ewma',
    parameters: [
      { name: 'x', accepts: 'number' },
      { name: 'half_life', accepts: 'duration', isConstant: true, least: 1 },
    ],
    result: { type: 'float', unit: 'first' },
    examples: [{ over: [0, 3], parameter: 1_000_000, gives: 2 }],
  },
  integral: {
    doc: 'The area under the values over seconds; a value holds until the next one.',
    aggregate: 'integral',
    parameters: NUMBER,
    result: { type: 'float', unit: 'integral' },
    examples: [{ over: [1, 2, 3], gives: 6 }],
  },
  twa: {
    doc: 'The average over time; a value holds until the next one.',
    aggregate: 'twa',
    parameters: NUMBER,
    result: { type: 'float', unit: 'first' },
    examples: [{ over: [1, 2, 3], gives: 2 }],
  },
  duration: {
    doc: 'How long a condition was true; it holds until the next event.',
    aggregate: 'duration',
    parameters: [{ name: 'c', accepts: 'bool' }],
    result: { type: 'duration' },
    examples: [{ over: [true, false, true], gives: 2_000_000 }],
  },
  argmax: {
    doc: 'y where x is greatest, at the first such event.',
    aggregate: 'argmax',
    parameters: [
      { name: 'x', accepts: 'ordered' },
      { name: 'y', accepts: 'any' },
    ],
    result: { type: 'second', unit: 'second' },
    examples: [
      {
        over: [
          [1, 'a'],
          [3, 'b'],
          [2, 'c'],
        ],
        gives: 'b',
      },
    ],
  },
  argmin: {
    doc: 'y where x is least, at the first such event.',
    aggregate: 'argmin',
    parameters: [
      { name: 'x', accepts: 'ordered' },
      { name: 'y', accepts: 'any' },
    ],
    result: { type: 'second', unit: 'second' },
    examples: [
      {
        over: [
          [1, 'a'],
          [3, 'b'],
          [2, 'c'],
        ],
        gives: 'a',
      },
    ],
  },
  correlation: {
    doc: "Pearson's correlation of x and y; null where one of them does not vary.",
    aggregate: 'correlation',
    parameters: [
      { name: 'x', accepts: 'number' },
      { name: 'y', accepts: 'number' },
    ],
    result: { type: 'float' },
    examples: [
      {
        over: [
          [1, 2],
          [2, 4],
          [3, 6],
        ],
        gives: 1,
      },
    ],
  },
};

/** `p95(x)` is `percentile(x, 95%)`. */
function percentiles(percents: readonly number[]): Record<string, Aggregate> {
  return Object.fromEntries(percents.map(percent => [`p${percent}`, percentileOf(percent)]));
}

function percentileOf(percent: number): Aggregate {
  return {
    doc: `The value below which ${percent} % of the values lie, interpolated.`,
    aggregate: 'percentile',
    parameters: QUANTITY,
    constant: percent / 100,
    result: MEAN,
    examples: [{ over: Array.from({ length: 101 }, (_, i) => i), gives: percent }],
  };
}
