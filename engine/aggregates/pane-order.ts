import type { Column, FloatColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { writeNull, writeNumber } from '../state/column-writer.ts';
import { gatherUint32 } from '../state/gather.ts';
import { growFloat64, growUint32 } from '../state/growable.ts';
import type { PaneAggregate, PaneInput } from './pane-aggregate.ts';
import { quantile } from './quantile.ts';
import { selectRank } from './select-rank.ts';

const EMPTY = new Float64Array(0);
const POINTER_BYTES = 8;

/** `median` and `percentile(x, q)`: exact, over the values of the open pane, all of which are kept; selected from when read. */
export class PaneOrder implements PaneAggregate {
  readonly bytesPerSlot = 12;
  readonly bytesPerValue = 16; // arrays double
  readonly #q: number;
  readonly #column: number;
  #counts = new Uint32Array(0);
  readonly #kept: Float64Array[] = []; // bound: the pane's values; let go at reset
  #keptBytes = 0;

  constructor(q: number, column: number) {
    this.#q = q;
    this.#column = column;
  }

  reserve(count: number): void {
    this.#counts = growUint32(this.#counts, count);
    while (this.#kept.length < count) this.#kept.push(EMPTY);
  }

  reset(slot: number): void {
    this.#counts[slot] = 0;
    this.#keptBytes -= this.#kept[slot]!.byteLength;
    this.#kept[slot] = EMPTY;
  }

  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const { values, valid } = frame.columns[this.#column] as FloatColumn;
    const counts = this.#counts;
    const kept = this.#kept;
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      const entry = entries === undefined ? j : entries[j]!;
      if (valid !== undefined && valid[entry] === 0) continue;
      const count = counts[slot]!;
      if (count === kept[slot]!.length) this.#grow(slot, count + 1);
      kept[slot]![count] = values[entry]!;
      counts[slot] = count + 1;
    }
  }

  write(slot: number, output: Column, row: number): void {
    const count = this.#counts[slot]!;
    if (count === 0) writeNull(output, row);
    else writeNumber(output, row, quantile(count, this.#q, ranks(this.#kept[slot]!, count)));
  }

  /** How many values each slot has, and the values, one slot after the other. */
  snapshot(slots: Uint32Array): Snapshot {
    const counts = gatherUint32(this.#counts, slots);
    const values = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
    let end = 0;
    for (let i = 0; i < slots.length; i++) {
      values.set(this.#kept[slots[i]!]!.subarray(0, counts[i]!), end);
      end += counts[i]!;
    }
    return { counts, values };
  }

  restore(snapshot: Snapshot, slots: Int32Array): void {
    const counts = snapshot['counts'] as Uint32Array;
    const values = snapshot['values'] as Float64Array;
    let start = 0;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      const end = start + counts[i]!;
      if (slot >= 0 && end > start) {
        this.#grow(slot, end - start);
        this.#kept[slot]!.set(values.subarray(start, end));
        this.#counts[slot] = end - start;
      }
      start = end;
    }
  }

  get stateBytes(): number {
    return this.#counts.byteLength + this.#kept.length * POINTER_BYTES + this.#keptBytes;
  }

  #grow(slot: number, count: number): void {
    const before = this.#kept[slot]!;
    const grown = growFloat64(before, count);
    this.#kept[slot] = grown;
    this.#keptBytes += grown.byteLength - before.byteLength;
  }
}

/** By rank, asked in ascending order, the value; those kept are moved, as their order means nothing. */
function ranks(values: Float64Array, count: number): (rank: number) => number {
  let from = 0; // all values before are at most those behind
  return rank => {
    const value = selectRank(values, { from, to: count, rank });
    from = rank + 1;
    return value === 0 ? zeroAt(rank, values, count) : value;
  };
}

/** 0 or −0, which is before 0. */
function zeroAt(rank: number, values: Float64Array, count: number): number {
  let before = 0;
  for (let i = 0; i < count; i++) if (values[i]! < 0 || Object.is(values[i], -0)) before++;
  return rank < before ? -0 : 0;
}
