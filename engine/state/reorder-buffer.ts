import type { Column } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import {
  asSnapshot,
  gatherColumn,
  moveFloat64,
  moveInt32,
  moveUint32,
  noRows,
  note,
  restoreColumn,
} from './columns.ts';
import { gatherFloat64 } from './gather.ts';
import { growFloat64, growInt32, growUint32 } from './growable.ts';
import { isBefore, meld, rowsOf, withoutRoot } from './late-rows-heap.ts';
import type { RowOutput } from './row-output.ts';
import { SlotColumns } from './slot-columns.ts';

const NONE = -1;
/** Newer rows that one out of order is led past; where there are more, it goes into its key's heap. benchmark: scaling, disorder */
const MOST_STEPS = 16;

/**
 * Rows that wait. They lie in slots, one behind the other as they came, so that those of a batch are copied at once, and what has
 * waited longest comes first. Where no slot is left, the rows that still wait close up, or there come to be twice as many slots.
 *
 * The rows of a key are in order of (time, order of arrival): a doubly linked list over the slots. Appending in order is O(1), a
 * little out of order it walks back over the rows that are newer; those that come far out of order are in a heap of their key, and
 * what is older, its root or the list's oldest row, is taken first. Waiting is bounded by what arrives within the lateness.
 *
 * takeInOrder moves rows in and out, too: its arrays and numbers are public for that.
 */
export class ReorderBuffer {
  // By slot.
  timeUs = new Float64Array(0); // NaN: it does not wait any more
  arrivalUs = new Float64Array(0);
  sequence = new Float64Array(0); // the how manieth row it was to come
  keyIds = new Uint32Array(0);
  next = new Int32Array(0); // the next newer row of the key
  previous = new Int32Array(0);
  // By key id, of the list.
  oldest = new Int32Array(0);
  newest = new Int32Array(0);
  #root = new Int32Array(0); // of the heap; shorter where no row has gone into one
  /** No row waits before this slot. */
  first = 0;
  /** The slot of the next row to come. */
  end = 0;
  /** How many rows wait, and how many of them in heaps. */
  length = 0;
  heapLength = 0;
  nextSequence = 0;
  /** Rows of the batch that are in the last slots, without their values. */
  readonly added = { rows: new Uint32Array(0), length: 0 };
  /** Of slots to entries of the frame, whose values are still here. */
  readonly taken = noRows();
  readonly #values = new SlotColumns();

  get stateBytes(): number {
    const bySlot = this.timeUs.byteLength * 3 + this.keyIds.byteLength * 3; // all of one length
    const byKey = this.oldest.byteLength + this.newest.byteLength + this.#root.byteLength;
    return bySlot + byKey + this.#values.bytes;
  }

  /** The time of the key's oldest waiting row; Infinity if none waits. */
  oldestUs(keyId: number): number {
    const slot = this.#oldestOf(keyId);
    return slot === NONE ? Infinity : this.timeUs[slot]!;
  }

  /** The row of `firstArrivalUs`, which is not Infinity. */
  firstWaiting(): { readonly keyId: number; readonly timeUs: number } {
    return { keyId: this.keyIds[this.first]!, timeUs: this.timeUs[this.first]! };
  }

  /** When that of the rows arrived that came before all others; Infinity: none waits. */
  firstArrivalUs(): number {
    while (this.first < this.end && Number.isNaN(this.timeUs[this.first])) this.first++;
    return this.first === this.end ? Infinity : this.arrivalUs[this.first]!;
  }

  /** The first slot from which on rows arrived behind this instant. */
  slotBehind(arrivalUs: number): number {
    let slot = this.first;
    while (slot < this.end && this.arrivalUs[slot]! <= arrivalUs) slot++;
    return slot;
  }

  /** Stores one row. */
  add(
    keyId: number,
    { timeUs, arrivalUs }: { readonly timeUs: number; readonly arrivalUs: number },
    columns: readonly (Column | undefined)[],
    row: number,
  ): void {
    this.#insert(keyId, { timeUs, arrivalUs, sequence: this.nextSequence++ }, columns, row);
  }

  /** Moves the key's oldest row into `output`; the caller knows that there is one. */
  takeOldest(keyId: number, output: RowOutput): void {
    const slot = this.#oldestOf(keyId);
    output.append({ timeUs: this.timeUs[slot]!, cameUs: this.arrivalUs[slot]! }, this.#values.columns!, slot);
    this.#unlink(keyId, slot);
  }

  /** As `add`, of a row of a batch: `finish` moves its values. */
  addRow(keyId: number, timeUs: number, arrivalUs: number, row: number): void {
    this.#link(keyId, this.#append(keyId, { timeUs, arrivalUs, sequence: this.nextSequence++ }));
    const { added } = this;
    added.rows = growUint32(added.rows, added.length + 1);
    added.rows[added.length++] = row;
  }

  /** As `takeOldest`: `finish` moves its values. */
  takeRow(keyId: number, output: RowOutput): void {
    const slot = this.#oldestOf(keyId);
    note(this.taken, slot, output.row(this.timeUs[slot]!, this.arrivalUs[slot]!));
    this.#unlink(keyId, slot);
  }

  /** Moves the values of the rows that were added, which are a batch's, and of those that were taken, which become the frame's columns. */
  finish(frame: Frame, columns: readonly (Column | undefined)[]): void {
    const { added, taken } = this;
    if (added.length > 0) this.#values.addRows(columns, added, this.end - added.length, this.timeUs.length);
    added.length = 0;
    if (taken.length > 0) frame.columns = this.#values.show(taken, frame.timeUs.length);
    taken.length = 0;
  }

  /** Room for so many more rows and keys. */
  reserve(rows: number, keys: number): void {
    this.added.rows = growUint32(this.added.rows, this.added.length + rows);
    if (this.end + rows > this.timeUs.length) this.#makeRoom(rows);
    this.#reserveKeys(keys);
  }

  reserveTaken(entries: number): void {
    this.taken.from = growUint32(this.taken.from, entries);
    this.taken.to = growUint32(this.taken.to, entries);
  }

  /** How many rows of each key wait, and the rows, key by key in their order. */
  snapshot(keyIds: Uint32Array): Snapshot {
    const counts = new Uint32Array(keyIds.length);
    const slots = this.#slotsOf(keyIds, counts);
    const columns = this.#values.columns?.map(column => asSnapshot(gatherColumn(column, slots, slots.length)));
    return {
      counts,
      timeUs: gatherFloat64(this.timeUs, slots),
      arrivalUs: gatherFloat64(this.arrivalUs, slots),
      sequence: gatherFloat64(this.sequence, slots),
      nextSequence: this.nextSequence,
      columns: columns ?? null,
    };
  }

  /** The rows that snapshot's i-th key had wait for key `keyIds[i]`, of which none does yet; −1: they are left out. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.nextSequence = Math.max(this.nextSequence, snapshot['nextSequence'] as number);
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

  /** After all is restored: rows lie as they came again, whatever their keys and ids are. */
  resume(): void {
    const order = this.#waitingSlots().sort(
      (a, b) => this.arrivalUs[a]! - this.arrivalUs[b]! || this.sequence[a]! - this.sequence[b]!,
    );
    this.#arrange(order, false);
  }

  /** Drops what waits of the key. */
  forget(keyId: number): void {
    for (let slot = this.#oldestOf(keyId); slot !== NONE; slot = this.#oldestOf(keyId)) this.#unlink(keyId, slot);
  }

  /** Of list and heap. */
  #oldestOf(keyId: number): number {
    const slot = keyId < this.oldest.length ? this.oldest[keyId]! : NONE;
    const root = this.#rootOf(keyId);
    if (root === NONE) return slot;
    return slot === NONE || isBefore(this, root, slot) ? root : slot;
  }

  #rootOf(keyId: number): number {
    return keyId < this.#root.length ? this.#root[keyId]! : NONE;
  }

  #slotsOf(keyIds: Uint32Array, counts: Uint32Array): Uint32Array {
    let slots = new Uint32Array(keyIds.length);
    let count = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const start = count;
      const late = rowsOf(this, this.#rootOf(keyIds[i]!));
      const listed = keyIds[i]! < this.oldest.length ? this.oldest[keyIds[i]!]! : NONE;
      slots = growUint32(slots, count + late.length);
      for (const slot of late) slots[count++] = slot;
      for (let slot = listed; slot !== NONE; slot = this.next[slot]!) {
        slots = growUint32(slots, count + 1);
        slots[count++] = slot;
      }
      if (late.length > 0) slots.subarray(start, count).sort((a, b) => (isBefore(this, a, b) ? -1 : 1)); // no two are at one place
      counts[i] = count - start;
    }
    return slots.subarray(0, count);
  }

  #insert(keyId: number, place: Place, columns: readonly (Column | undefined)[], row: number): void {
    const slot = this.#append(keyId, place);
    this.#values.add(columns, row, slot, this.timeUs.length);
    this.#link(keyId, slot);
  }

  #append(keyId: number, { timeUs, arrivalUs, sequence }: Place): number {
    if (this.end === this.timeUs.length) this.#makeRoom(1);
    const slot = this.end++;
    this.timeUs[slot] = timeUs;
    this.arrivalUs[slot] = arrivalUs;
    this.sequence[slot] = sequence;
    this.keyIds[slot] = keyId;
    this.length++;
    return slot;
  }

  /** The key's oldest row. */
  #unlink(keyId: number, slot: number): void {
    if (slot === this.#rootOf(keyId)) {
      this.#root[keyId] = withoutRoot(this, slot);
      this.heapLength--;
    } else {
      const newer = this.next[slot]!;
      this.oldest[keyId] = newer;
      if (newer === NONE) this.newest[keyId] = NONE;
      else this.previous[newer] = NONE;
    }
    this.timeUs[slot] = Number.NaN;
    this.length--;
  }

  #link(keyId: number, slot: number): void {
    this.#reserveKeys(keyId + 1);
    let older = this.newest[keyId]!;
    const timeUs = this.timeUs[slot]!;
    for (let steps = 0; older !== NONE && this.timeUs[older]! > timeUs; steps++) {
      if (steps === MOST_STEPS) {
        this.#putIntoHeap(keyId, slot);
        return;
      }
      older = this.previous[older]!;
    }
    const newer = older === NONE ? this.oldest[keyId]! : this.next[older]!;
    this.previous[slot] = older;
    this.next[slot] = newer;
    if (older === NONE) this.oldest[keyId] = slot;
    else this.next[older] = slot;
    if (newer === NONE) this.newest[keyId] = slot;
    else this.previous[newer] = slot;
  }

  #putIntoHeap(keyId: number, slot: number): void {
    this.#root = growInt32(this.#root, keyId + 1, NONE);
    this.next[slot] = NONE;
    this.previous[slot] = NONE;
    this.#root[keyId] = meld(this, this.#root[keyId]!, slot);
    this.heapLength++;
  }

  #reserveKeys(keys: number): void {
    if (keys <= this.oldest.length) return;
    this.oldest = growInt32(this.oldest, keys, NONE);
    this.newest = growInt32(this.newest, keys, NONE);
  }

  /** Slots stay what they are while values are still to be moved. */
  #makeRoom(rows: number): void {
    const canCloseUp = this.added.length === 0 && this.taken.length === 0;
    if (canCloseUp && this.length + rows <= this.timeUs.length / 2) {
      this.#arrange(this.#waitingSlots(), true);
      return;
    }
    const slots = this.end + rows;
    this.timeUs = growFloat64(this.timeUs, slots);
    this.arrivalUs = growFloat64(this.arrivalUs, slots);
    this.sequence = growFloat64(this.sequence, slots);
    this.keyIds = growUint32(this.keyIds, slots);
    this.next = growInt32(this.next, slots);
    this.previous = growInt32(this.previous, slots);
  }

  #waitingSlots(): Uint32Array {
    const slots = new Uint32Array(this.length);
    let count = 0;
    for (let slot = this.first; slot < this.end; slot++) {
      if (!Number.isNaN(this.timeUs[slot])) slots[count++] = slot;
    }
    return slots;
  }

  /** The row in slot `order[i]` goes to slot i; `order` has all that wait. */
  #arrange(order: Uint32Array, isRising: boolean): void {
    const { length } = order;
    const placeOf = new Int32Array(this.end + 1); // by slot + 1, so that NONE stays
    placeOf[0] = NONE;
    const places = { from: order, to: new Uint32Array(length), length };
    for (let i = 0; i < length; i++) {
      placeOf[order[i]! + 1] = i;
      places.to[i] = i;
    }
    for (const array of [this.timeUs, this.arrivalUs, this.sequence])
      moveFloat64(isRising ? array : array.slice(), array, places);
    for (const links of [this.next, this.previous]) {
      moveInt32(isRising ? links : links.slice(), links, places);
      renumber(links, placeOf, length);
    }
    moveUint32(isRising ? this.keyIds : this.keyIds.slice(), this.keyIds, places);
    this.#values.move(places, isRising);
    for (const links of [this.oldest, this.newest, this.#root]) renumber(links, placeOf, links.length);
    this.first = 0;
    this.end = length;
  }
}

function renumber(links: Int32Array, placeOf: Int32Array, length: number): void {
  for (let i = 0; i < length; i++) links[i] = placeOf[links[i]! + 1]!;
}

type Place = { readonly timeUs: number; readonly arrivalUs: number; readonly sequence: number };
