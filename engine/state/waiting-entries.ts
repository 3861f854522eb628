import type { Column } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
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
import { gatherFloat64, gatherUint8 } from './gather.ts';
import { growFloat64, growInt32, growUint32, growUint8 } from './growable.ts';
import { SlotQueue } from './slot-queue.ts';

const NONE = -1;

/** What an entry is: one that only moves time, a row, or what the end of a source says of it. */
export const ENTRY_KIND = { time: 0, row: 1, end: 2 } as const;

/** Entries that come together, by their places: `kinds` says what each is, and which are none. */
export type ComingEntries = {
  readonly length: number;
  readonly keyIds: Uint32Array;
  readonly kinds: Uint8Array;
  readonly timeUs: Float64Array;
  readonly arrivalUs: Float64Array; // when each is handled
  readonly cameUs: Float64Array; // when its event arrived
};

/** Among the kinds of entries: there is none in this place. */
export const NO_ENTRY = 255;

/**
 * Entries of frames that wait, per key in the order in which they came: first those whose instant has been reached, then
 * those that are still to come, which stand in the order of their instants, too. Linked lists over columns, with a free
 * list; who adds entries knows their bound.
 */
export class WaitingEntries {
  #timeUs = new Float64Array(0);
  #arrivalUs = new Float64Array(0);
  #cameUs = new Float64Array(0);
  #kinds: Uint8Array = new Uint8Array(0);
  #keyIds = new Uint32Array(0);
  #next = new Int32Array(0); // the key's next one; of a free slot, the next free one
  #columns: Column[];
  #firstFree = NONE;
  #slotCount = 0;
  readonly #coming = new SlotQueue();
  #nextComingUs = Infinity;
  // By key id.
  #first = new Int32Array(0);
  #lastReached = new Int32Array(0);
  #last = new Int32Array(0);
  #counts = new Int32Array(0);
  readonly #kept = noRows(); // of a frame's rows to slots
  readonly #left = noRows(); // of slots that are to be free

  /** `columns`: of what types those of the rows are. */
  constructor(columns: readonly Column[]) {
    this.#columns = columns.map(emptyLike);
  }

  get stateBytes(): number {
    const bySlot = this.#timeUs.byteLength * 3 + this.#next.byteLength * 2 + this.#kinds.byteLength;
    const byKey = this.#first.byteLength * 4; // all of one length
    const bytes = bySlot + byKey + this.#coming.stateBytes;
    return this.#columns.reduce((sum, column) => sum + columnBytes(column), bytes);
  }

  /** How many are still to come, of all keys. */
  get comingCount(): number {
    return this.#coming.length;
  }

  /** Adds those that are still to come, in this order. `columns` of one that is no row are not read. */
  addAll(entries: ComingEntries, columns: readonly (Column | undefined)[]): void {
    const { length, keyIds, kinds, timeUs, arrivalUs, cameUs } = entries;
    for (let i = 0; i < length; i++) {
      const kind = kinds[i]!;
      if (kind === NO_ENTRY) continue;
      const slot = this.#add(keyIds[i]!, kind, timeUs[i]!);
      this.#arrivalUs[slot] = arrivalUs[i]!;
      this.#cameUs[slot] = cameUs[i]!;
      this.#await(slot);
      if (kind === ENTRY_KIND.row) note(this.#kept, i, slot);
    }
    this.moveKept(columns);
  }

  /** Adds a row that is there now, of a frame whose values `moveKept` moves; returns its place. */
  keep(keyId: number, timeUs: number, row: number): number {
    const slot = this.#add(keyId, ENTRY_KIND.row, timeUs);
    this.#arrivalUs[slot] = timeUs;
    this.#cameUs[slot] = timeUs;
    this.#lastReached[keyId] = slot; // who keeps rows awaits none
    note(this.#kept, row, slot);
    return slot;
  }

  /** Moves the values of the rows of a frame that were kept. */
  moveKept(columns: readonly (Column | undefined)[]): void {
    for (let c = 0; c < columns.length; c++) moveValues(columns[c], this.#columns[c]!, this.#kept);
    this.#kept.length = 0;
  }

  /** Takes the key's oldest out, which is there; its values stay in their place until `freeLeft`. */
  letOldestGo(keyId: number): void {
    const slot = this.#first[keyId]!;
    this.#unlinkOldest(keyId);
    note(this.#left, slot, slot);
  }

  /** Gives the places of those that were let go to others. */
  freeLeft(): void {
    for (let i = 0; i < this.#left.length; i++) this.#free(this.#left.from[i]!);
    this.#left.length = 0;
  }

  /** When the next one of all is to come; Infinity: there is none. */
  get nextComingUs(): number {
    return this.#nextComingUs;
  }

  /** Whose the next one of all is, which is there: it has to be reached, or left out. */
  takeComingKey(): number {
    const slot = this.#coming.at(0, this.#arrivalUs);
    this.#coming.shift();
    this.#findNextComing();
    return this.#keyIds[slot]!;
  }

  /** Whether of those that come by an instant one's key is so. */
  someComes(instantUs: number, isSo: (keyId: number) => boolean): boolean {
    for (let i = 0; i < this.#coming.length; i++) {
      const slot = this.#coming.at(i, this.#arrivalUs);
      if (this.#arrivalUs[slot]! > instantUs) return false;
      if (isSo(this.#keyIds[slot]!)) return true;
    }
    return false;
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
    const slot = this.firstComing(keyId);
    return slot === NONE ? Infinity : this.#arrivalUs[slot]!;
  }

  /** Of the key's next one to come, which is there. */
  comingTimeUs(keyId: number): number {
    return this.#timeUs[this.firstComing(keyId)]!;
  }

  comingCameUs(keyId: number): number {
    return this.#cameUs[this.firstComing(keyId)]!;
  }

  /** Of ENTRY_KIND. */
  comingKind(keyId: number): number {
    return this.#kinds[this.firstComing(keyId)]!;
  }

  /** The instant of the key's next one to come is reached. */
  reach(keyId: number): void {
    this.#lastReached[keyId] = this.firstComing(keyId);
  }

  /** Takes out the key's first one, which is still to come as all of them are. */
  removeFirst(keyId: number): void {
    const slot = this.#first[keyId]!;
    const next = this.#next[slot]!;
    this.#first[keyId] = next;
    if (next === NONE) this.#last[keyId] = NONE;
    this.#counts[keyId]!--;
    this.#free(slot);
  }

  /** The key's next one to come is left out. */
  leaveOut(keyId: number): void {
    const slot = this.firstComing(keyId);
    const before = this.#lastReached[keyId]!;
    const after = this.#next[slot]!;
    if (before === NONE) this.#first[keyId] = after;
    else this.#next[before] = after;
    if (after === NONE) this.#last[keyId] = before;
    this.#counts[keyId]!--;
    this.#free(slot);
  }

  /** All that is still to come is left out. */
  leaveOutAll(): void {
    while (this.#coming.length > 0) this.leaveOut(this.takeComingKey());
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

  /** Of ENTRY_KIND. */
  kind(slot: number): number {
    return this.#kinds[slot]!;
  }

  get columns(): readonly Column[] {
    return this.#columns;
  }

  /** The caller knows that there is one. */
  removeOldest(keyId: number): void {
    const slot = this.#first[keyId]!;
    this.#unlinkOldest(keyId);
    this.#free(slot);
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
        const slot = this.#add(keyId, kinds[row]!, timeUs[row]!);
        this.#arrivalUs[slot] = arrivalUs[row]!;
        this.#cameUs[slot] = cameUs[row]!;
        for (let c = 0; c < columns.length; c++) copyOrVoid(columns[c], row, this.#columns[c]!, slot);
        if (place < reached[i]!) this.#lastReached[keyId] = slot;
        else this.#await(slot);
      }
    }
  }

  /** Behind all of the key. */
  #add(keyId: number, kind: number, timeUs: number): number {
    if (keyId >= this.#first.length) this.#reserveKeys(keyId + 1);
    const slot = this.#allocate();
    this.#timeUs[slot] = timeUs;
    this.#kinds[slot] = kind;
    this.#keyIds[slot] = keyId;
    this.#next[slot] = NONE;
    const last = this.#last[keyId]!;
    if (last === NONE) this.#first[keyId] = slot;
    else this.#next[last] = slot;
    this.#last[keyId] = slot;
    this.#counts[keyId]!++;
    return slot;
  }

  #await(slot: number): void {
    const arrivalUs = this.#arrivalUs[slot]!;
    this.#coming.push(slot, arrivalUs);
    if (arrivalUs < this.#nextComingUs) this.#nextComingUs = arrivalUs;
  }

  #findNextComing(): void {
    this.#nextComingUs = this.#coming.length === 0 ? Infinity : this.#arrivalUs[this.#coming.at(0, this.#arrivalUs)]!;
  }

  #firstOf(keyId: number): number {
    return keyId < this.#first.length ? this.#first[keyId]! : NONE;
  }

  /** The place of the key's next one to come; −1: there is none. */
  firstComing(keyId: number): number {
    if (keyId >= this.#first.length) return NONE;
    const reached = this.#lastReached[keyId]!;
    return reached === NONE ? this.#first[keyId]! : this.#next[reached]!;
  }

  #unlinkOldest(keyId: number): void {
    const slot = this.#first[keyId]!;
    if (this.#lastReached[keyId] === slot) this.#lastReached[keyId] = NONE;
    if (this.#last[keyId] === slot) this.#last[keyId] = NONE;
    this.#first[keyId] = this.#next[slot]!;
    this.#counts[keyId]!--;
  }

  #free(slot: number): void {
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
      this.#keyIds = growUint32(this.#keyIds, slot + 1);
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
