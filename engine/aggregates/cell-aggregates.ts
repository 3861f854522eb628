import type { AggregateName } from '../../dsl/plan.ts';

/**
 * Aggregates that need a few numbers of a pane, its cells, and how a value changes these: as source, so that all of a window
 * make one loop (cell-loop.ts), and what two of them need of the same values is there once.
 */

/**
 * Cells by name, with what they hold in an empty pane, and the statements that take in a value: `x` is the value, `n` how
 * many there are with it, `{name}` a cell.
 */
export type CellGroup = { readonly cells: Readonly<Record<string, number>>; readonly add: readonly string[] };

export const CELL_GROUPS = {
  /** Of rows, where an aggregate has no argument; else of values. All others come after it. */
  count: { cells: { count: 0 }, add: ['const n = {count} + 1;', '{count} = n;'] },
  /** Kahan–Babuška (Neumaier): the exact rounding error of each addition (Knuth's TwoSum) is summed beside the sum. */
  sum: {
    cells: { sum: 0, error: 0 },
    add: [
      'const sum = {sum};',
      'const total = sum + x;',
      'const added = total - sum;',
      '{error} += sum - (total - added) + (x - added);',
      '{sum} = total;',
    ],
  },
  /** Welford's update (Technometrics 4, 1962): stable beside a large offset. */
  variance: {
    cells: { mean: 0, squares: 0 },
    add: [
      'const oldMean = {mean};',
      'const before = x - oldMean;',
      'const mean = oldMean + before / n;',
      '{squares} += before * (x - mean);',
      '{mean} = mean;',
    ],
  },
  /** An infinity, which no value can be, where there is none. */
  low: { cells: { low: Infinity }, add: ['if (x < {low}) {low} = x;'] },
  high: { cells: { high: -Infinity }, add: ['if (x > {high}) {high} = x;'] },
} satisfies { readonly [group: string]: CellGroup };

export type CellGroupName = keyof typeof CELL_GROUPS;
type CellName = { [K in CellGroupName]: keyof (typeof CELL_GROUPS)[K]['cells'] }[CellGroupName];

export type CellAggregate = {
  readonly groups: readonly CellGroupName[];
  /** The names of what a snapshot has of it, and the cells that these are. */
  readonly saved: Readonly<Record<string, CellName>>;
  /** The value; where it is not finite, it is null. */
  readonly value: string;
};

const AGGREGATES = {
  count: { groups: ['count'], saved: { counts: 'count' }, value: '{count}' },
  sum: {
    groups: ['count', 'sum'],
    saved: { sums: 'sum', errors: 'error', counts: 'count' },
    value: '{count} === 0 ? NaN : {sum} + {error}',
  },
  avg: {
    groups: ['count', 'sum'],
    saved: { sums: 'sum', errors: 'error', counts: 'count' },
    value: '({sum} + {error}) / {count}',
  },
  min: { groups: ['low'], saved: { extremes: 'low' }, value: '{low}' },
  max: { groups: ['high'], saved: { extremes: 'high' }, value: '{high}' },
  var: {
    groups: ['count', 'variance'],
    saved: { means: 'mean', squares: 'squares', counts: 'count' },
    value: '{count} < 2 ? NaN : {squares} / ({count} - 1)',
  },
  stddev: {
    groups: ['count', 'variance'],
    saved: { means: 'mean', squares: 'squares', counts: 'count' },
    value: '{count} < 2 ? NaN : Math.sqrt({squares} / ({count} - 1))',
  },
} satisfies { readonly [K in AggregateName]?: CellAggregate };

export type CellAggregateName = keyof typeof AGGREGATES;
export const CELL_AGGREGATES: { readonly [K in AggregateName]?: CellAggregate } = AGGREGATES;
