import type { Column } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import { copyValue, emptyLike, growColumn, restoreColumn, snapshotColumn } from './columns.ts';
import { growFloat64, growInt32 } from './growable.ts';
import type { RowOutput } from './row-output.ts';

const NONE = -1;

/**
 * Rows that wait, per key in order of (time, order of arrival): doubly linked lists over columns, with a free list.
 * Appending in order is O(1), out of order it walks back over the rows that are newer. Waiting is bounded by what
 * arrives within the lateness.
 */
export class ReorderBuffer {
  #timeUs = new Float64Array(0);
  #next = new Int32Array(0); // the next newer row of the key; of a free slot, the next free one
  #previous = new Int32Array(0);
  #columns: Column[] | undefined;
  #firstFree = NONE;
  #slotCount = 0;
  #oldest = new Int32Array(0); // by key id
  #newest = new Int32Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The time of the key's oldest waiting row; Infinity if none waits. */
  oldestUs(keyId: number): number {
    const slot = keyId < this.#oldest.length ? this.#oldest[keyId]! : NONE;
    return slot === NONE ? Infinity : this.#timeUs[slot]!;
  }

  /** Stores one row; its slot stays the same until it is taken. */
  add(keyId: number, timeUs: number, columns: readonly (Column | undefined)[], row: number): number {
    const slot = this.#allocate(columns);
    this.#timeUs[slot] = timeUs;
    for (let c = 0; c < this.#columns!.length; c++) copyOrVoid(columns[c], row, this.#columns![c]!, slot);
    this.#link(keyId, slot);
    this.#length++;
    return slot;
  }

  timeOf(slot: number): number {
    return this.#timeUs[slot]!;
  }

  /** Moves the key's oldest row into `output`; the caller knows that there is one. */
  takeOldest(keyId: number, output: RowOutput): void {
    const slot = this.#oldest[keyId]!;
    output.append(this.#timeUs[slot]!, this.#columns!, slot);
    const newer = this.#next[slot]!;
    this.#oldest[keyId] = newer;
    if (newer === NONE) this.#newest[keyId] = NONE;
    else this.#previous[newer] = NONE;
    this.#next[slot] = this.#firstFree;
    this.#previous[slot] = NONE;
    this.#timeUs[slot] = Number.NaN;
    this.#firstFree = slot;
    this.#length--;
  }

  snapshot(): Snapshot {
    return {
      slotCount: this.#slotCount,
      length: this.#length,
      firstFree: this.#firstFree,
      timeUs: this.#timeUs.slice(0, this.#slotCount),
      next: this.#next.slice(0, this.#slotCount),
      previous: this.#previous.slice(0, this.#slotCount),
      oldest: this.#oldest.slice(),
      newest: this.#newest.slice(),
      columns:
        this.#columns === undefined ? null : this.#columns.map(column => snapshotColumn(column, this.#slotCount)),
    };
  }

  restore(snapshot: Snapshot): void {
    this.#slotCount = snapshot['slotCount'] as number;
    this.#length = snapshot['length'] as number;
    this.#firstFree = snapshot['firstFree'] as number;
    this.#timeUs = (snapshot['timeUs'] as Float64Array).slice();
    this.#next = (snapshot['next'] as Int32Array).slice();
    this.#previous = (snapshot['previous'] as Int32Array).slice();
    this.#oldest = (snapshot['oldest'] as Int32Array).slice();
    this.#newest = (snapshot['newest'] as Int32Array).slice();
    const columns = snapshot['columns'] as Snapshot[] | null;
    this.#columns = columns === null ? undefined : columns.map(restoreColumn);
  }

  #allocate(columns: readonly (Column | undefined)[]): number {
    this.#columns ??= columns.map(emptyLike);
    if (this.#firstFree !== NONE) {
      const slot = this.#firstFree;
      this.#firstFree = this.#next[slot]!;
      return slot;
    }
    const slot = this.#slotCount++;
    if (this.#timeUs.length <= slot) {
      this.#timeUs = growFloat64(this.#timeUs, slot + 1);
      this.#next = growInt32(this.#next, slot + 1, NONE);
      this.#previous = growInt32(this.#previous, slot + 1, NONE);
      for (const column of this.#columns) growColumn(column, this.#timeUs.length);
    }
    return slot;
  }

  #link(keyId: number, slot: number): void {
    if (keyId >= this.#oldest.length) {
      this.#oldest = growInt32(this.#oldest, keyId + 1, NONE);
      this.#newest = growInt32(this.#newest, keyId + 1, NONE);
    }
    let older = this.#newest[keyId]!;
    const timeUs = this.#timeUs[slot]!;
    while (older !== NONE && this.#timeUs[older]! > timeUs) older = this.#previous[older]!;
    const newer = older === NONE ? this.#oldest[keyId]! : this.#next[older]!;
    this.#previous[slot] = older;
    this.#next[slot] = newer;
    if (older === NONE) this.#oldest[keyId] = slot;
    else this.#next[older] = slot;
    if (newer === NONE) this.#newest[keyId] = slot;
    else this.#previous[newer] = slot;
  }
}

function copyOrVoid(from: Column | undefined, fromRow: number, to: Column, toRow: number): void {
  if (from === undefined) to.valid![toRow] = 0;
  else copyValue(from, fromRow, to, toRow);
}
