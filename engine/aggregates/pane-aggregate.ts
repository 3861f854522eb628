import type { AggregateColumn, AggregateName } from '../../dsl/plan.ts';
import type { Column, SymbolTable } from '../batch.ts';
import { assert } from '../errors.ts';
import type { Frame, Snapshot, View } from '../operator.ts';
import type { CellAggregateName } from './cell-aggregates.ts';
import { createFold } from './fold.ts';
import { PaneArgument } from './pane-argument.ts';
import { isOfCells, PaneCells, type PlacedAggregate } from './pane-cells.ts';
import { PaneEdge } from './pane-edge.ts';
import { PaneFold } from './pane-fold.ts';
import { PaneFrequency } from './pane-frequency.ts';
import { PaneOrder } from './pane-order.ts';

/**
 * One aggregate over panes, or several. A pane is a slot, a dense number that the window operator hands out and uses again; state is
 * arrays by slot. Order of calls: `reserve` before a slot is used, `accumulate` any number of times, `write` when the
 * pane closes (or for an early row: it changes nothing), `reset` before the slot's next pane; `restore` into slots that
 * are empty. Results depend on the order of entries alone, never on how they are split over calls. What each aggregate
 * means: docs/language/aggregates.md.
 */
export interface PaneState {
  /** Makes room for slots 0 … count − 1; new ones are empty. */
  reserve(count: number): void;
  /** Empties a slot for its next pane. */
  reset(slot: number): void;
  /** Entry `entries[j]` of the frame goes into pane `slots[j]`, in order. Keeps none of the arrays. */
  accumulate(input: PaneInput, frame: Frame): void;
  /** What the state takes now, in bytes. */
  readonly stateBytes: number;
  /** What a slot takes by itself; `bytesPerValue` comes on top where values are kept. */
  readonly bytesPerSlot: number;
  /** What each value (of `mode` and `distinct`: each different one) in an open pane takes on top; 0: nothing. */
  readonly bytesPerValue: number;
}

/** One aggregate's side of it. */
export interface PaneValue {
  /** The pane's value goes into row `row` of `output`. */
  write(slot: number, output: Column, row: number, bounds: PaneBounds): void;
  /** What these slots hold, in this order. Cost: linear in them. */
  snapshot(slots: Uint32Array): Snapshot;
  /** Row i of a snapshot goes into slot `slots[i]`; −1: it is left out. */
  restore(snapshot: Snapshot, slots: Int32Array): void;
}

export type PaneAggregate = PaneState & PaneValue;

/** What keeps the aggregates of a window, and each one's value, in their order. */
export type PaneAggregates = {
  readonly states: readonly PaneState[];
  readonly values: readonly PaneValue[];
  /** The state whose panes close together, and the places of its values among all; undefined: there is none. */
  readonly together: { readonly cells: PaneCells; readonly places: readonly number[] } | undefined;
};

/** `entries` undefined: entry j itself. A negative slot is skipped. */
export type PaneInput = {
  readonly length: number;
  readonly entries: Uint32Array | undefined;
  readonly slots: Int32Array;
};

/** [startUs, endUs) */
export type PaneBounds = { readonly startUs: number; readonly endUs: number };

export function createPaneAggregates(
  columns: readonly AggregateColumn[],
  input: View,
  symbols: SymbolTable,
): PaneAggregates {
  const placed = columns.map(column => place(column, input));
  const ofCells = placed.filter(isOfCells);
  const cells = ofCells.length === 0 ? undefined : new PaneCells(ofCells, symbols);
  const others: PaneAggregate[] = [];
  const values = placed.map(each => {
    if (isOfCells(each)) return cells!.values[ofCells.indexOf(each)]!;
    const other = MAKERS[each.column.aggregate as keyof typeof MAKERS](each.column, each.columns); // as: those of cells are not among them
    others.push(other);
    return other;
  });
  if (cells === undefined) return { states: others, values, together: undefined };
  const places = placed.flatMap((each, i) => (isOfCells(each) ? [i] : []));
  return { states: [cells, ...others], values, together: { cells, places } };
}

function place(column: AggregateColumn, input: View): PlacedAggregate {
  const columns = column.arguments.map(name => {
    const slot = input.slots.get(name);
    assert(slot !== undefined, `${column.name}: the input has no column ${name}`);
    return slot;
  });
  return { column, columns };
}

/** `columns`: the frame's slots of the arguments. */
type Maker = (column: AggregateColumn, columns: readonly number[]) => PaneAggregate;

const fold: Maker = (column, columns) => new PaneFold(createFold(column), columns);

const MAKERS = {
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
} satisfies { [K in Exclude<AggregateName, CellAggregateName>]: Maker };
