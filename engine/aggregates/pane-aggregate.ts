import type { AggregateColumn, AggregateName } from '../../dsl/plan.ts';
import type { Column, SymbolTable } from '../batch.ts';
import { assert } from '../errors.ts';
import type { Frame, Snapshot, View } from '../operator.ts';
import { createFold } from './fold.ts';
import { PaneArgument } from './pane-argument.ts';
import { PaneCount } from './pane-count.ts';
import { PaneEdge } from './pane-edge.ts';
import { PaneExtreme } from './pane-extreme.ts';
import { PaneFold } from './pane-fold.ts';
import { PaneFrequency } from './pane-frequency.ts';
import { PaneOrder } from './pane-order.ts';
import { PaneSum } from './pane-sum.ts';
import { PaneVariance } from './pane-variance.ts';

/**
 * One aggregate over panes. A pane is a slot, a dense number that the window operator hands out and uses again; state is
 * arrays by slot. Order of calls: `reserve` before a slot is used, `accumulate` any number of times, `write` when the
 * pane closes (or for an early row: it changes nothing), `reset` before the slot's next pane; `restore` into slots that
 * are empty. Results depend on the order of entries alone, never on how they are split over calls. What each aggregate
 * means: docs/language/aggregates.md.
 */
export interface PaneAggregate {
  /** Makes room for slots 0 … count − 1; new ones are empty. */
  reserve(count: number): void;
  /** Empties a slot for its next pane. */
  reset(slot: number): void;
  /** Entry `entries[j]` of the frame goes into pane `slots[j]`, in order. Keeps none of the arrays. */
  accumulate(input: PaneInput, frame: Frame): void;
  /** The pane's value goes into row `row` of `output`. */
  write(slot: number, output: Column, row: number, bounds: PaneBounds): void;
  /** What these slots hold, in this order. Cost: linear in them. */
  snapshot(slots: Uint32Array): Snapshot;
  /** Row i of a snapshot goes into slot `slots[i]`; −1: it is left out. */
  restore(snapshot: Snapshot, slots: Int32Array): void;
  /** What the state takes now, in bytes. */
  readonly stateBytes: number;
  /** What a slot takes by itself; `bytesPerValue` comes on top where values are kept. */
  readonly bytesPerSlot: number;
  /** What each value (of `mode` and `distinct`: each different one) in an open pane takes on top; 0: nothing. */
  readonly bytesPerValue: number;
}

/** `entries` undefined: entry j itself. A negative slot is skipped. */
export type PaneInput = {
  readonly length: number;
  readonly entries: Uint32Array | undefined;
  readonly slots: Int32Array;
};

/** [startUs, endUs) */
export type PaneBounds = { readonly startUs: number; readonly endUs: number };

export function createPaneAggregate(column: AggregateColumn, input: View, _symbols: SymbolTable): PaneAggregate {
  const columns = column.arguments.map(name => {
    const slot = input.slots.get(name);
    assert(slot !== undefined, `${column.name}: the input has no column ${name}`);
    return slot;
  });
  return MAKERS[column.aggregate](column, columns);
}

/** `columns`: the frame's slots of the arguments. */
type Maker = (column: AggregateColumn, columns: readonly number[]) => PaneAggregate;

const fold: Maker = (column, columns) => new PaneFold(createFold(column), columns);

const MAKERS = {
  count: (_, columns) => new PaneCount(columns[0]),
  sum: (_, columns) => new PaneSum('sum', columns[0]!),
  avg: (_, columns) => new PaneSum('avg', columns[0]!),
  min: (_, columns) => new PaneExtreme('min', columns[0]!),
  max: (_, columns) => new PaneExtreme('max', columns[0]!),
  var: (_, columns) => new PaneVariance('var', columns[0]!),
  stddev: (_, columns) => new PaneVariance('stddev', columns[0]!),
  first: (_, columns) => new PaneEdge('first', columns[0]!),
  last: (_, columns) => new PaneEdge('last', columns[0]!),
  median: (_, columns) => new PaneOrder(0.5, columns[0]!),
  percentile: (column, columns) => new PaneOrder(column.parameter!, columns[0]!),
  mode: (_, columns) => new PaneFrequency('mode', columns[0]!),
  distinct: (_, columns) => new PaneFrequency('distinct', columns[0]!),
  argmax: (_, columns) => new PaneArgument('argmax', columns[0]!, columns[1]!),
  argmin: (_, columns) => new PaneArgument('argmin', columns[0]!, columns[1]!),
  delta: fold,
  increase: fold,
  rate: fold,
  slope: fold,
  spread: fold,
  ewma: fold,
  integral: fold,
  twa: fold,
  duration: fold,
  correlation: fold,
} satisfies { [K in AggregateName]: Maker };
