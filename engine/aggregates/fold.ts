import type { AggregateColumn, AggregateName } from '../../dsl/plan.ts';
import { ChangeFold } from './fold-change.ts';
import { CoMomentFold } from './fold-comoment.ts';
import { EwmaFold } from './fold-ewma.ts';
import { HoldFold } from './fold-hold.ts';
import { SpreadFold } from './fold-spread.ts';

/**
 * An aggregate with a state of fixed width that can be extended by a newer value and appended to an older state, but not
 * shrunk: panes only extend, ranges join two states (two stacks, see ring.ts). States lie in Float64Arrays at an
 * offset; all zeros is empty, and place 0 is the number of values. Pure; no method keeps an array.
 */
export interface Fold {
  readonly width: number;
  /** Extends a state by a value that is not older. `y` is 0 where the aggregate has one argument. */
  add(state: Float64Array, offset: number, timeUs: number, x: number, y: number): void;
  /** Makes `newer` (at n) the state of `older` (at o) followed by `newer`; both have values. */
  prepend(older: Float64Array, o: number, newer: Float64Array, n: number): void;
  /** The value, at the pane's end or the row's time; NaN for null. */
  finish(state: Float64Array, offset: number, endUs: number): number;
}

export type FoldName =
  | 'delta'
  | 'increase'
  | 'rate'
  | 'slope'
  | 'spread'
  | 'ewma'
  | 'integral'
  | 'twa'
  | 'duration'
  | 'correlation';

export function createFold(column: AggregateColumn): Fold {
  return FOLDS[column.aggregate as FoldName](column);
}

const FOLDS = {
  delta: () => new ChangeFold('delta'),
  increase: () => new ChangeFold('increase'),
  rate: () => new ChangeFold('rate'),
  slope: () => new CoMomentFold('slope'),
  correlation: () => new CoMomentFold('correlation'),
  spread: () => new SpreadFold(),
  ewma: column => new EwmaFold(column.parameter!),
  integral: () => new HoldFold('integral'),
  twa: () => new HoldFold('twa'),
  duration: () => new HoldFold('duration'),
} satisfies { [K in FoldName & AggregateName]: (column: AggregateColumn) => Fold };
