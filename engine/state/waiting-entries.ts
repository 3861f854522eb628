import type { Column } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import { asSnapshot, columnBytes, copyOrVoid, emptyLike, gatherColumn, growColumn, restoreColumn } from './columns.ts';
import { gatherFloat64, gatherUint8 } from './gather.ts';
import { growFloat64, growInt32, growUint8 } from './growable.ts';

const NONE = -1;

/**
 * A row, an entry that only moves time, or what the end of a source says of it. `cameUs`: when its event arrived; `arrivalUs`: when
 * it was handled.
 */
export type MergeEntry = {
  readonly kind: EntryKind;
  readonly timeUs: number;
  readonly arrivalUs: number;
  readonly cameUs: number;
};

const ENTRY_KINDS = ['time', 'row', 'end'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/**
 * Entries of frames that wait, per key in the order in which they came: first those whose instant has been reached, then
 * those that are still to come. Linked lists over columns, with a free list; who adds entries knows their bound.
 */
export class WaitingEntries {
  #timeUs = new Float64Array(0);
  #arrivalUs = new Float64Array(0);
  #cameUs = new Float64Array(0);
  #kinds: Uint8Array = new Uint8Array(0);
  #next = new Int32Array(0); // the key's next one; of a free slot, the next free one
  #columns: Column[];
  #firstFree = NONE;
  #slotCount = 0;
  // By key id.
  #first = new Int32Array(0);
  #lastReached = new Int32Array(0);
  #last = new Int32Array(0);
  #counts = new Int32Array(0);
  #comingCount = 0;

  /** `columns`: of what types those of the rows are. */
  constructor(columns: readonly Column[]) {
    this.#columns = columns.map(emptyLike);
  }

  get stateBytes(): number {
    const bySlot = this.#timeUs.byteLength * 3 + this.#next.byteLength + this.#kinds.byteLength;
    const byKey = this.#first.byteLength * 4; // all of one length
    return this.#columns.reduce((bytes, column) => bytes + columnBytes(column), bySlot + byKey);
  }

  /** How many are still to come, of all keys. */
  get comingCount(): number {
    return this.#comingCount;
  }

  /** Adds one that is still to come. `columns` of one that is no row are not read. */
  add(keyId: number, entry: MergeEntry, columns: readonly (Column | undefined)[], row: number): void {
    this.#reserveKeys(keyId + 1);
    const slot = this.#allocate();
    this.#timeUs[slot] = entry.timeUs;
    this.#arrivalUs[slot] = entry.arrivalUs;
    this.#cameUs[slot] = entry.cameUs;
    this.#kinds[slot] = ENTRY_KINDS.indexOf(entry.kind);
    this.#next[slot] = NONE;
    if (entry.kind === 'row')
      for (let c = 0; c < columns.length; c++) copyOrVoid(columns[c], row, this.#columns[c]!, slot);
    const last = this.#last[keyId]!;
    if (last === NONE) this.#first[keyId] = slot;
    else this.#next[last] = slot;
    this.#last[keyId] = slot;
    this.#counts[keyId]!++;
    this.#comingCount++;
  }

  /** Adds a row that is there now; returns its place. */
  keep(keyId: number, timeUs: number, columns: readonly (Column | undefined)[], row: number): number {
    this.add(keyId, { kind: 'row', timeUs, arrivalUs: timeUs, cameUs: timeUs }, columns, row);
    this.reach(keyId);
    return this.#lastReached[keyId]!;
  }

  /** The place of the key's next entry behind one that is not its last; −1: that was its last. */
  next(slot: number): number {
    return this.#next[slot]!;
  }

  /** How many of the key wait, and are to come. */
  count(keyId: number): number {
    return keyId < this.#counts.length ? this.#counts[keyId]! : 0;
  }

  /** The instant of the key's next one to come; Infinity: there is none. */
  comingUs(keyId: number): number {
    const slot = this.#firstComing(keyId);
    return slot === NONE ? Infinity : this.#arrivalUs[slot]!;
  }

  /** Of the key's next one to come, which is there. */
  comingTimeUs(keyId: number): number {
    return this.#timeUs[this.#firstComing(keyId)]!;
  }

  comingCameUs(keyId: number): number {
    return this.#cameUs[this.#firstComing(keyId)]!;
  }

  comingKind(keyId: number): EntryKind {
    return this.kind(this.#firstComing(keyId));
  }

  /** The instant of the key's next one to come is reached. */
  reach(keyId: number): void {
    this.#lastReached[keyId] = this.#firstComing(keyId);
    this.#comingCount--;
  }

  /** The key's next one to come is left out. */
  leaveOut(keyId: number): void {
    const slot = this.#firstComing(keyId);
    const before = this.#lastReached[keyId]!;
    const after = this.#next[slot]!;
    if (before === NONE) this.#first[keyId] = after;
    else this.#next[before] = after;
    if (after === NONE) this.#last[keyId] = before;
    this.#free(keyId, slot);
    this.#comingCount--;
  }

  /** The place of the oldest entry of the key whose instant is reached, for `timeUs` and so on; −1: there is none. */
  oldest(keyId: number): number {
    return keyId < this.#first.length && this.#lastReached[keyId] !== NONE ? this.#first[keyId]! : NONE;
  }

  timeUs(slot: number): number {
    return this.#timeUs[slot]!;
  }

  arrivalUs(slot: number): number {
    return this.#arrivalUs[slot]!;
  }

  cameUs(slot: number): number {
    return this.#cameUs[slot]!;
  }

  kind(slot: number): EntryKind {
    return ENTRY_KINDS[this.#kinds[slot]!]!;
  }

  get columns(): readonly Column[] {
    return this.#columns;
  }

  /** The caller knows that there is one. */
  removeOldest(keyId: number): void {
    const slot = this.#first[keyId]!;
    const next = this.#next[slot]!;
    if (this.#lastReached[keyId] === slot) this.#lastReached[keyId] = NONE;
    if (this.#last[keyId] === slot) this.#last[keyId] = NONE;
    this.#first[keyId] = next;
    this.#free(keyId, slot);
  }

  /** Drops what waits of the key, but for what is still to come. */
  forget(keyId: number): void {
    while (this.oldest(keyId) !== NONE) this.removeOldest(keyId);
  }

  /** How many entries of each key wait, how many of these are reached, and the entries, key by key in their order. */
  snapshot(keyIds: Uint32Array): { readonly entries: Snapshot; readonly columns: readonly Snapshot[] } {
    const counts = new Uint32Array(keyIds.length);
    const reached = new Uint32Array(keyIds.length);
    const slots: number[] = [];
    for (let i = 0; i < keyIds.length; i++) {
      const keyId = keyIds[i]!;
      const start = slots.length;
      for (let slot = this.#firstOf(keyId); slot !== NONE; slot = this.#next[slot]!) {
        slots.push(slot);
        if (slot === this.#lastReached[keyId]) reached[i] = slots.length - start;
      }
      counts[i] = slots.length - start;
    }
    const places = Uint32Array.from(slots);
    return {
      entries: {
        counts,
        reached,
        timeUs: gatherFloat64(this.#timeUs, places),
        arrivalUs: gatherFloat64(this.#arrivalUs, places),
        cameUs: gatherFloat64(this.#cameUs, places),
        kinds: gatherUint8(this.#kinds, places),
      },
      columns: this.#columns.map(column => asSnapshot(gatherColumn(column, places, places.length))),
    };
  }

  /** The entries that a snapshot's i-th key had wait for key `keyIds[i]`, of which none does yet; −1: they are left out. */
  restore(
    { entries, columns: stored }: { readonly entries: Snapshot; readonly columns: readonly Snapshot[] },
    keyIds: Int32Array,
  ): void {
    const columns = stored.map(restoreColumn);
    const counts = entries['counts'] as Uint32Array;
    const reached = entries['reached'] as Uint32Array;
    const timeUs = entries['timeUs'] as Float64Array;
    const arrivalUs = entries['arrivalUs'] as Float64Array;
    const cameUs = entries['cameUs'] as Float64Array;
    const kinds = entries['kinds'] as Uint8Array;
    let row = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const keyId = keyIds[i]!;
      const end = row + counts[i]!;
      for (let place = 0; row < end; row++, place++) {
        if (keyId < 0) continue;
        const times = { timeUs: timeUs[row]!, arrivalUs: arrivalUs[row]!, cameUs: cameUs[row]! };
        this.add(keyId, { ...times, kind: ENTRY_KINDS[kinds[row]!]! }, columns, row);
        if (place < reached[i]!) this.reach(keyId);
      }
    }
  }

  #firstOf(keyId: number): number {
    return keyId < this.#first.length ? this.#first[keyId]! : NONE;
  }

  #firstComing(keyId: number): number {
    if (keyId >= this.#first.length) return NONE;
    const reached = this.#lastReached[keyId]!;
    return reached === NONE ? this.#first[keyId]! : this.#next[reached]!;
  }

  #free(keyId: number, slot: number): void {
    this.#counts[keyId]!--;
    this.#next[slot] = this.#firstFree;
    this.#timeUs[slot] = Number.NaN;
    this.#firstFree = slot;
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
      this.#cameUs = growFloat64(this.#cameUs, slot + 1);
      this.#kinds = growUint8(this.#kinds, slot + 1);
      this.#next = growInt32(this.#next, slot + 1, NONE);
      for (const column of this.#columns) growColumn(column, this.#timeUs.length);
    }
    return slot;
  }

  #reserveKeys(keys: number): void {
    this.#first = growInt32(this.#first, keys, NONE);
    this.#lastReached = growInt32(this.#lastReached, keys, NONE);
    this.#last = growInt32(this.#last, keys, NONE);
    this.#counts = growInt32(this.#counts, keys);
  }
}
