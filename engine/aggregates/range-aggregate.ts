import type { AggregateColumn, AggregateName } from '../../dsl/plan.ts';
import type { Column } from '../batch.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import { createFold } from './fold.ts';
import { VarianceFold } from './fold-variance.ts';
import { RangeArgument } from './range-argument.ts';
import { RangeCount } from './range-count.ts';
import { RangeDistinct } from './range-distinct.ts';
import { RangeEdge } from './range-edge.ts';
import { RangeFold } from './range-fold.ts';
import type { RangeInput } from './range-input.ts';
import type { CellRangeName } from './range-loop.ts';
import { RangeMode } from './range-mode.ts';
import { RangeOrder } from './range-order.ts';

/**
 * One aggregate over the rows in range, of those that are not of cells (range-cells.ts). It follows the steps of the ring and writes a value for each into the step's
 * entry of `output`, which has no validity bytes before. Its state is a function of the ring, so it has no snapshot: a
 * restored ring is walked through once more (`restore` in range.ts).
 */
export interface RangeAggregate {
  follow(steps: RangeSteps, output: Column): void;
  /** The key is as if never seen. It may be beyond the arrays, which drop what is written there. */
  forget(key: number): void;
  /** What it keeps beside the ring. */
  readonly stateBytes: number;
  /** On top of the shared ring. */
  readonly bytesPerRow: number;
  readonly bytesPerKey: number;
}

/** `inputs`: of the column's arguments, in order. */
export type RangeAggregateOptions = {
  readonly column: AggregateColumn;
  readonly ring: RangeRing;
  readonly inputs: readonly RangeInput[];
};

export function createRangeAggregate(options: RangeAggregateOptions): RangeAggregate {
  return MAKERS[options.column.aggregate as keyof typeof MAKERS](options); // as: others are of cells
}

type Maker = (options: RangeAggregateOptions) => RangeAggregate;

const fold: Maker = ({ column, ring, inputs }) => new RangeFold(createFold(column), ring, inputs);

const MAKERS = {
  count: ({ inputs }) => new RangeCount(inputs[0]!), // of values; of rows it is of cells
  var: ({ ring, inputs }) => new RangeFold(new VarianceFold('var'), ring, inputs),
  stddev: ({ ring, inputs }) => new RangeFold(new VarianceFold('stddev'), ring, inputs),
  first: ({ ring, inputs }) => new RangeEdge('first', ring, inputs[0]!),
  last: ({ ring, inputs }) => new RangeEdge('last', ring, inputs[0]!),
  median: ({ ring, inputs }) => new RangeOrder(0.5, ring, inputs[0]!),
  percentile: ({ column, ring, inputs }) => new RangeOrder(column.parameter!, ring, inputs[0]!),
  mode: ({ ring, inputs }) => new RangeMode(ring, inputs[0]!),
  distinct: ({ inputs }) => new RangeDistinct(inputs[0]!),
  argmax: ({ ring, inputs }) => new RangeArgument(1, ring, { x: inputs[0]!, y: inputs[1]! }),
  argmin: ({ ring, inputs }) => new RangeArgument(-1, ring, { x: inputs[0]!, y: inputs[1]! }),
  delta: fold,
  increase: fold,
  rate: fold,
  slope: fold,
  ewma: fold,
  integral: fold,
  twa: fold,
  duration: fold,
  correlation: fold,
} satisfies { [K in Exclude<AggregateName, CellRangeName>]: Maker };
