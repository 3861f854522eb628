import type { Column } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import {
  asSnapshot,
  columnBytes,
  copyOrVoid,
  emptyLike,
  gatherColumn,
  growColumn,
  moveValues,
  noRows,
  note,
  restoreColumn,
} from './columns.ts';
import { gatherFloat64 } from './gather.ts';
import { growFloat64, growInt32, growUint32 } from './growable.ts';
import { isBefore, meld, rowsOf, withoutRoot } from './late-rows-heap.ts';
import type { RowOutput } from './row-output.ts';

const NONE = -1;
/** Newer rows that one out of order is led past; where there are more, it goes into its key's heap. benchmark: scaling, disorder */
const MOST_STEPS = 16;

/**
 * Rows that wait, per key in order of (time, order of arrival): doubly linked lists over columns, with a free list.
 * Appending in order is O(1), a little out of order it walks back over the rows that are newer; those that come far out of order are
 * in a heap of their key, and what is older, its root or the list's oldest row, is taken first. Waiting is bounded by what arrives
 * within the lateness.
 */
export class ReorderBuffer {
  #timeUs = new Float64Array(0);
  #arrivalUs = new Float64Array(0);
  #sequence = new Float64Array(0); // the how manieth row it was to come
  #next = new Int32Array(0); // the next newer row of the key; of a free slot, the next free one
  #previous = new Int32Array(0);
  #columns: Column[] | undefined;
  #firstFree = NONE;
  #slotCount = 0;
  #oldest = new Int32Array(0); // by key id
  #newest = new Int32Array(0);
  #root = new Int32Array(0); // of the heap, by key id; shorter where no row has gone into one
  #length = 0;
  readonly #added = noRows(); // of the batch's rows to slots
  readonly #taken = noRows(); // of slots to rows of the frame
  #shown: Column[] | undefined; // what was taken
  #nextSequence = 0;

  get length(): number {
    return this.#length;
  }

  get stateBytes(): number {
    const bySlot = this.#timeUs.byteLength * 3 + this.#next.byteLength * 2; // all of one length
    const byKey = this.#oldest.byteLength + this.#newest.byteLength + this.#root.byteLength;
    return (this.#columns ?? []).reduce((bytes, column) => bytes + columnBytes(column), bySlot + byKey);
  }

  /** The time of the key's oldest waiting row; Infinity if none waits. */
  oldestUs(keyId: number): number {
    const slot = this.#oldestOf(keyId);
    return slot === NONE ? Infinity : this.#timeUs[slot]!;
  }

  /** Stores one row. */
  add(
    keyId: number,
    { timeUs, arrivalUs }: { readonly timeUs: number; readonly arrivalUs: number },
    columns: readonly (Column | undefined)[],
    row: number,
  ): void {
    this.#insert(keyId, { timeUs, arrivalUs, sequence: this.#nextSequence++ }, columns, row);
  }

  /** Moves the key's oldest row into `output`; the caller knows that there is one. */
  takeOldest(keyId: number, output: RowOutput): void {
    const slot = this.#oldestOf(keyId);
    output.append({ timeUs: this.#timeUs[slot]!, cameUs: this.#arrivalUs[slot]! }, this.#columns!, slot);
    this.#removeOldest(keyId);
  }

  /** As `add`, of a row of a batch: `finish` moves its values. */
  addRow(keyId: number, timeUs: number, arrivalUs: number, row: number): void {
    const slot = this.#allocate();
    this.#timeUs[slot] = timeUs;
    this.#arrivalUs[slot] = arrivalUs;
    this.#sequence[slot] = this.#nextSequence++;
    this.#link(keyId, slot);
    this.#length++;
    note(this.#added, row, slot);
  }

  /** As `takeOldest`: `finish` moves its values. */
  takeRow(keyId: number, output: RowOutput): void {
    const slot = this.#oldestOf(keyId);
    note(this.#taken, slot, output.row(this.#timeUs[slot]!, this.#arrivalUs[slot]!));
    this.#unlink(keyId, slot);
  }

  /**
   * Moves the values of the rows that were added, which are a batch's, and of those that were taken, which become the frame's
   * columns; these arrays are used again for the next frame. Benchmark: throughput/tumbling-lateness
   */
  finish(frame: Frame, columns: readonly (Column | undefined)[]): void {
    if (this.#added.length > 0) {
      this.#columns ??= columns.map(emptyLike);
      for (let c = 0; c < columns.length; c++) {
        growColumn(this.#columns[c]!, this.#timeUs.length);
        moveValues(columns[c], this.#columns[c]!, this.#added);
      }
      this.#added.length = 0;
    }
    if (this.#taken.length === 0) return;
    const from = this.#columns!; // rows that were taken had been added
    this.#shown ??= from.map(emptyLike);
    for (let c = 0; c < from.length; c++) {
      growColumn(this.#shown[c]!, frame.timeUs.length);
      moveValues(from[c], this.#shown[c]!, this.#taken);
    }
    frame.columns = this.#shown.slice();
    for (let i = 0; i < this.#taken.length; i++) this.#free(this.#taken.from[i]!);
    this.#taken.length = 0;
  }

  /** All rows in the order in which they came, whatever their keys and ids are. */
  forEachWaiting(visit: (keyId: number, timeUs: number, arrivalUs: number) => void): void {
    const rows: { keyId: number; slot: number }[] = [];
    for (let keyId = 0; keyId < this.#oldest.length; keyId++) {
      for (let slot = this.#oldest[keyId]!; slot !== NONE; slot = this.#next[slot]!) rows.push({ keyId, slot });
      for (const slot of rowsOf(this.#rows, this.#rootOf(keyId))) rows.push({ keyId, slot });
    }
    rows.sort(
      (a, b) =>
        this.#arrivalUs[a.slot]! - this.#arrivalUs[b.slot]! || this.#sequence[a.slot]! - this.#sequence[b.slot]!,
    );
    for (const { keyId, slot } of rows) visit(keyId, this.#timeUs[slot]!, this.#arrivalUs[slot]!);
  }

  /** How many rows of each key wait, and the rows, key by key in their order. */
  snapshot(keyIds: Uint32Array): Snapshot {
    const counts = new Uint32Array(keyIds.length);
    const slots = this.#slotsOf(keyIds, counts);
    const columns = this.#columns?.map(column => asSnapshot(gatherColumn(column, slots, slots.length)));
    return {
      counts,
      timeUs: gatherFloat64(this.#timeUs, slots),
      arrivalUs: gatherFloat64(this.#arrivalUs, slots),
      sequence: gatherFloat64(this.#sequence, slots),
      nextSequence: this.#nextSequence,
      columns: columns ?? null,
    };
  }

  /** The rows that snapshot's i-th key had wait for key `keyIds[i]`, of which none does yet; −1: they are left out. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#nextSequence = Math.max(this.#nextSequence, snapshot['nextSequence'] as number);
    if (snapshot['columns'] === null) return;
    const columns = (snapshot['columns'] as Snapshot[]).map(restoreColumn);
    const counts = snapshot['counts'] as Uint32Array;
    const timeUs = snapshot['timeUs'] as Float64Array;
    const arrivalUs = snapshot['arrivalUs'] as Float64Array;
    const sequence = snapshot['sequence'] as Float64Array;
    let row = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const keyId = keyIds[i]!;
      const end = row + counts[i]!;
      for (; row < end; row++) {
        const place = { timeUs: timeUs[row]!, arrivalUs: arrivalUs[row]!, sequence: sequence[row]! };
        if (keyId >= 0) this.#insert(keyId, place, columns, row);
      }
    }
  }

  /** Drops what waits of the key. */
  forget(keyId: number): void {
    while (this.#oldestOf(keyId) !== NONE) this.#removeOldest(keyId);
  }

  /** Of list and heap. */
  #oldestOf(keyId: number): number {
    const slot = keyId < this.#oldest.length ? this.#oldest[keyId]! : NONE;
    const root = this.#rootOf(keyId);
    if (root === NONE) return slot;
    return slot === NONE || isBefore(this.#rows, root, slot) ? root : slot;
  }

  #rootOf(keyId: number): number {
    return keyId < this.#root.length ? this.#root[keyId]! : NONE;
  }

  get #rows() {
    return { timeUs: this.#timeUs, sequence: this.#sequence, next: this.#next, previous: this.#previous };
  }

  #slotsOf(keyIds: Uint32Array, counts: Uint32Array): Uint32Array {
    let slots = new Uint32Array(keyIds.length);
    let count = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const start = count;
      const late = rowsOf(this.#rows, this.#rootOf(keyIds[i]!));
      const listed = keyIds[i]! < this.#oldest.length ? this.#oldest[keyIds[i]!]! : NONE;
      slots = growUint32(slots, count + late.length);
      for (const slot of late) slots[count++] = slot;
      for (let slot = listed; slot !== NONE; slot = this.#next[slot]!) {
        slots = growUint32(slots, count + 1);
        slots[count++] = slot;
      }
      if (late.length > 0) this.#sort(slots.subarray(start, count));
      counts[i] = count - start;
    }
    return slots.subarray(0, count);
  }

  #insert(
    keyId: number,
    { timeUs, arrivalUs, sequence }: { readonly timeUs: number; readonly arrivalUs: number; readonly sequence: number },
    columns: readonly (Column | undefined)[],
    row: number,
  ): void {
    const slot = this.#allocate();
    this.#columns ??= columns.map(emptyLike);
    this.#timeUs[slot] = timeUs;
    this.#arrivalUs[slot] = arrivalUs;
    this.#sequence[slot] = sequence;
    for (let c = 0; c < this.#columns.length; c++) {
      const column = this.#columns[c]!;
      if (column.values.length <= slot) growColumn(column, this.#timeUs.length);
      copyOrVoid(columns[c], row, column, slot);
    }
    this.#link(keyId, slot);
    this.#length++;
  }

  #removeOldest(keyId: number): void {
    const slot = this.#oldestOf(keyId);
    this.#unlink(keyId, slot);
    this.#free(slot);
  }

  /** The key's oldest row. */
  #unlink(keyId: number, slot: number): void {
    if (slot === this.#rootOf(keyId)) this.#root[keyId] = withoutRoot(this.#rows, slot);
    else this.#unlinkOldest(keyId, slot);
    this.#length--;
  }

  #free(slot: number): void {
    this.#next[slot] = this.#firstFree;
    this.#previous[slot] = NONE;
    this.#timeUs[slot] = Number.NaN;
    this.#firstFree = slot;
  }

  #unlinkOldest(keyId: number, slot: number): void {
    const newer = this.#next[slot]!;
    this.#oldest[keyId] = newer;
    if (newer === NONE) this.#newest[keyId] = NONE;
    else this.#previous[newer] = NONE;
  }

  #sort(slots: Uint32Array): void {
    const rows = this.#rows;
    slots.sort((a, b) => (isBefore(rows, a, b) ? -1 : 1)); // no two are at one place
  }

  #allocate(): number {
    if (this.#firstFree !== NONE) {
      const slot = this.#firstFree;
      this.#firstFree = this.#next[slot]!;
      return slot;
    }
    const slot = this.#slotCount++;
    if (this.#timeUs.length <= slot) {
      this.#timeUs = growFloat64(this.#timeUs, slot + 1);
      this.#arrivalUs = growFloat64(this.#arrivalUs, slot + 1);
      this.#sequence = growFloat64(this.#sequence, slot + 1);
      this.#next = growInt32(this.#next, slot + 1, NONE);
      this.#previous = growInt32(this.#previous, slot + 1, NONE);
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
    for (let steps = 0; older !== NONE && this.#timeUs[older]! > timeUs; steps++) {
      if (steps === MOST_STEPS) {
        this.#putIntoHeap(keyId, slot);
        return;
      }
      older = this.#previous[older]!;
    }
    const newer = older === NONE ? this.#oldest[keyId]! : this.#next[older]!;
    this.#previous[slot] = older;
    this.#next[slot] = newer;
    if (older === NONE) this.#oldest[keyId] = slot;
    else this.#next[older] = slot;
    if (newer === NONE) this.#newest[keyId] = slot;
    else this.#previous[newer] = slot;
  }
  #putIntoHeap(keyId: number, slot: number): void {
    this.#root = growInt32(this.#root, keyId + 1, NONE);
    this.#next[slot] = NONE;
    this.#previous[slot] = NONE;
    this.#root[keyId] = meld(this.#rows, this.#root[keyId]!, slot);
  }
}
