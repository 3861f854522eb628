import type { BoundValue } from '../../dsl/plan.ts';
import type { PaneInput } from '../aggregates/pane-aggregate.ts';
import { type Column, createColumn, type FloatColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import {
  asSnapshot,
  columnBytes,
  copyValue,
  gatherColumn,
  growColumn,
  restoreColumn,
  scatterColumn,
} from '../state/columns.ts';
import { gatherUint32, scatterUint32 } from '../state/gather.ts';
import { growUint32 } from '../state/growable.ts';
import type { KeptValue } from './bound-values.ts';

/** A column of one of the rows that are bound: of the n-th, or of the last. */
export class KeptRow implements KeptValue {
  readonly column: Column;
  readonly #from: number; // the frame's slot
  readonly #index: number | null; // null: the last
  #counts = new Uint32Array(0); // by place, rows bound up to the one that is kept

  constructor({ type }: Pick<BoundValue, 'type'>, { from, index }: { from: number; index: number | null }) {
    this.column = createColumn(type, 0);
    this.column.valid = new Uint8Array(0);
    this.#from = from;
    this.#index = index;
  }

  get bytesPerPlace(): number {
    return this.#index === null ? 9 : 13;
  }

  reserve(places: number): void {
    growColumn(this.column, places);
    if (this.#index !== null) this.#counts = growUint32(this.#counts, places);
  }

  clear(place: number): void {
    this.column.valid![place] = 0;
    if (this.column.type === 'string') this.column.values[place] = ''; // the text may go
    if (this.#index !== null) this.#counts[place] = 0;
  }

  // hot: benchmarks/patterns (a key at which matches begin without end)
  bind({ length, entries, slots }: PaneInput, frame: Frame): void {
    const from = frame.columns[this.#from]!;
    const rows = entries!;
    const { column } = this;
    const index = this.#index;
    if (index === null) {
      if (column.type === 'float') writeAll(column, from as FloatColumn, rows, slots, length);
      else for (let j = 0; j < length; j++) copyValue(from, rows[j]!, column, slots[j]!);
      return;
    }
    const counts = this.#counts;
    for (let j = 0; j < length; j++) {
      const place = slots[j]!;
      const count = counts[place]!;
      if (count > index) continue;
      if (count === index) copyValue(from, rows[j]!, column, place);
      counts[place] = count + 1;
    }
  }

  settle(): void {}

  copy(from: number, to: number): void {
    copyValue(this.column, from, this.column, to);
    if (this.#index !== null) this.#counts[to] = this.#counts[from]!;
  }

  snapshot(places: Uint32Array): Snapshot {
    const column = asSnapshot(gatherColumn(this.column, places, places.length));
    return this.#index === null ? { column } : { column, counts: gatherUint32(this.#counts, places) };
  }

  restore(snapshot: Snapshot, places: Int32Array): void {
    scatterColumn(restoreColumn(snapshot['column'] as Snapshot), places, this.column);
    if (this.#index !== null) scatterUint32(snapshot['counts'] as Uint32Array, places, this.#counts);
  }

  get stateBytes(): number {
    return columnBytes(this.column) + this.#counts.byteLength;
  }
}

/** One type of array: a loop that has seen several takes three times as long. */
function writeAll(
  column: FloatColumn,
  { values: from, valid: isThere }: FloatColumn,
  rows: Uint32Array,
  places: Int32Array,
  length: number,
): void {
  const { values } = column;
  const valid = column.valid!;
  for (let j = 0; j < length; j++) {
    const row = rows[j]!;
    const place = places[j]!;
    values[place] = from[row]!;
    valid[place] = isThere === undefined ? 1 : isThere[row]!;
  }
}
