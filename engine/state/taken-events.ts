import type { Field, UniqueEvents } from '../../dsl/plan.ts';
import { type Column, createColumn, type EventBatch } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import { asSnapshot, columnBytes, copyValue, gatherColumn, growColumn, restoreColumn } from './columns.ts';
import { gatherFloat64, gatherUint32 } from './gather.ts';
import { growFloat64, growInt32, growUint32 } from './growable.ts';
import { hashRows, type RowRange } from './row-hash.ts';
import { TAKEN, TAKEN_TIME, takenField } from './taken-parts.ts';

const NONE = -1;
const LEFT_OUT = 0xffff_ffff; // −1 as an unsigned number
const LEAST_CAPACITY = 16;

/**
 * What was taken of a stream within the last `withinUs` of its arrival clock, to tell an event that repeats it: `unique by …
 * within …`. Bound: the events of that time.
 *
 * The events of all keys lie in one ring in order of arrival. Two sorts of chains lead from newer to older ones: those of a
 * key, as long as its count says, and those of a bucket of the hash table. What is let go of is always the oldest, so it is
 * taken out of neither: a chain has ended where its next event is not older, since then the ring has used that place again
 * (deflate's window and `prev` table; RFC 1951, 4).
 */
export class TakenEvents {
  readonly #withinUs: number;
  readonly #fields: readonly string[];
  readonly #places: readonly number[]; // of these fields in a batch's columns
  readonly #isOfTime: boolean;
  #first = 0; // the slot of the oldest event
  #length = 0;
  #mask = 0; // capacity − 1
  #arrivalUs: Float64Array = new Float64Array(0);
  #keyIds: Uint32Array = new Uint32Array(0);
  #hashes: Uint32Array = new Uint32Array(0);
  #columns: Column[]; // of the fields, then the event's time where that counts
  #before = new Int32Array(0); // the key's event before
  #inBucket = new Int32Array(0); // the event before of the same bucket
  #buckets = new Int32Array(0);
  #newest = new Int32Array(0); // by key id
  #counts = new Uint32Array(0); // by key id
  #rowHashes = new Uint32Array(0); // of the rows that are looked at

  /** `fields`: of a batch's columns. */
  constructor(unique: UniqueEvents, fields: readonly Field[]) {
    this.#withinUs = unique.withinUs;
    this.#fields = unique.fields;
    this.#places = unique.fields.map(name => fields.findIndex(field => field.name === name));
    this.#isOfTime = unique.isOfTime;
    const types = this.#places.map(place => fields[place]!.type);
    this.#columns = [...types, ...(unique.isOfTime ? (['time'] as const) : [])].map(type => {
      const column = createColumn(type, 0);
      column.valid = new Uint8Array(0);
      return column;
    });
    this.#arrange(new Uint32Array(0), LEAST_CAPACITY);
  }

  get stateBytes(): number {
    const bySlot = this.#arrivalUs.byteLength + this.#keyIds.byteLength + this.#hashes.byteLength;
    const links = this.#before.byteLength + this.#inBucket.byteLength + this.#buckets.byteLength;
    const byKey = this.#newest.byteLength + this.#counts.byteLength;
    return this.#columns.reduce((bytes, column) => bytes + columnBytes(column), bySlot + links + byKey);
  }

  /**
   * Writes the places of those events of a batch that repeat nothing, in order, and remembers these; returns how many they
   * are. Their keys have said that they change.
   */
  take(batch: EventBatch, keyIds: Uint32Array, range: RowRange, places: Uint32Array): number {
    const { start, end } = range;
    const { timeUs, arrivalUs } = batch;
    const columns = this.#columnsOf(batch.columns, timeUs);
    this.#rowHashes = growUint32(this.#rowHashes, end - start);
    hashRows(keyIds, columns, range, this.#rowHashes);
    let count = 0;
    for (let i = start; i < end; i++) {
      this.letGo(arrivalUs[i]!);
      const slot = this.#freeSlot();
      this.#arrivalUs[slot] = arrivalUs[i]!;
      this.#keyIds[slot] = keyIds[i]!;
      this.#hashes[slot] = this.#rowHashes[i - start]!;
      for (let c = 0; c < columns.length; c++) copyValue(columns[c]!, i, this.#columns[c]!, slot);
      if (this.#isRepetition(slot)) continue;
      this.#keep(slot);
      places[count++] = i;
    }
    return count;
  }

  /**
   * Nothing is remembered any more of what was taken `withinUs` ago. Its key does not have to be saved before: whoever goes
   * on from an earlier state misses it only where the key has had an event since, or was to be forgotten, and both say so.
   */
  letGo(nowUs: number): void {
    while (this.#length > 0 && this.#arrivalUs[this.#first]! + this.#withinUs <= nowUs) {
      this.#counts[this.#keyIds[this.#first]!]!--;
      this.#first = (this.#first + 1) & this.#mask;
      this.#length--;
    }
  }

  /** When nothing of the key is remembered any more; −Infinity: nothing is. */
  rememberedUntilUs(keyId: number): number {
    return this.#countOf(keyId) === 0 ? -Infinity : this.#arrivalUs[this.#newest[keyId]!]! + this.#withinUs;
  }

  /** What is remembered of these keys, by the names of its parts: key by key, in order of arrival. */
  snapshot(keyIds: Uint32Array): Snapshot {
    const counts = Uint32Array.from(keyIds, keyId => this.#countOf(keyId));
    const slots = this.#slotsOf(keyIds, counts);
    const columns = this.#columns.map(column => asSnapshot(gatherColumn(column, slots, slots.length)));
    const names = this.#partNames();
    return {
      [TAKEN]: { counts, arrivalUs: gatherFloat64(this.#arrivalUs, slots) },
      ...Object.fromEntries(columns.map((column, c) => [names[c]!, column])),
    };
  }

  /** Of key `keyIds[i]`, what a snapshot has of its i-th key; −1: it is left out. `resume` has to follow. */
  restore(parts: Snapshot, keyIds: Int32Array): void {
    if (!Object.hasOwn(parts, TAKEN)) return; // something else was unique before, or nothing
    const { counts, arrivalUs } = parts[TAKEN] as { readonly counts: Uint32Array; readonly arrivalUs: Float64Array };
    const columns = this.#partNames().map(name => restoreColumn(parts[name] as Snapshot));
    const rowKeyIds = new Uint32Array(arrivalUs.length);
    for (let i = 0, row = 0; i < keyIds.length; row += counts[i++]!) {
      rowKeyIds.fill(keyIds[i]!, row, row + counts[i]!);
    }
    const hashes = new Uint32Array(rowKeyIds.length);
    hashRows(rowKeyIds, columns, { start: 0, end: rowKeyIds.length }, hashes);
    for (let row = 0; row < rowKeyIds.length; row++) {
      if (rowKeyIds[row] === LEFT_OUT) continue;
      const slot = this.#freeSlot();
      this.#arrivalUs[slot] = arrivalUs[row]!;
      this.#keyIds[slot] = rowKeyIds[row]!;
      this.#hashes[slot] = hashes[row]!;
      for (let c = 0; c < columns.length; c++) copyValue(columns[c]!, row, this.#columns[c]!, slot);
      this.#keep(slot);
    }
  }

  /** After all is restored, key by key and part by part: what came first goes first. */
  resume(): void {
    const slots = this.#slots();
    slots.sort((a, b) => this.#arrivalUs[a]! - this.#arrivalUs[b]! || a - b);
    this.#arrange(slots, this.#mask + 1);
  }

  #columnsOf(columns: readonly Column[], timeUs: Float64Array): Column[] {
    const own = this.#places.map(place => columns[place]!);
    return this.#isOfTime ? [...own, { type: 'time', values: timeUs, valid: undefined }] : own;
  }

  #partNames(): string[] {
    return [...this.#fields.map(takenField), ...(this.#isOfTime ? [TAKEN_TIME] : [])];
  }

  /** Behind the newest event: whoever writes there may `keep` it. */
  #freeSlot(): number {
    if (this.#length > this.#mask) this.#arrange(this.#slots(), this.#length * 2);
    return (this.#first + this.#length) & this.#mask;
  }

  #keep(slot: number): void {
    this.#length++;
    this.#link(slot);
  }

  /** Whether an event that is remembered is equal to the one in the free slot. */
  #isRepetition(slot: number): boolean {
    const hash = this.#hashes[slot]!;
    const bucket = hash & this.#mask;
    let newer = this.#length; // the place in the ring, from the oldest on, of the event before on the chain
    for (let other = this.#buckets[bucket]!; other !== NONE; other = this.#inBucket[other]!) {
      const place = (other - this.#first) & this.#mask;
      if (place >= newer || (this.#hashes[other]! & this.#mask) !== bucket) return false;
      if (this.#hashes[other] === hash && this.#isEqual(slot, other)) return true;
      newer = place;
    }
    return false;
  }

  /** As the language's `==`, and null is equal to null. */
  #isEqual(a: number, b: number): boolean {
    if (this.#keyIds[a] !== this.#keyIds[b]) return false;
    for (const { values, valid } of this.#columns) {
      if (valid![a] !== valid![b]) return false;
      if (valid![a] === 1 && values[a] !== values[b]) return false;
    }
    return true;
  }

  #link(slot: number): void {
    const keyId = this.#keyIds[slot]!;
    this.#newest = growInt32(this.#newest, keyId + 1, NONE);
    this.#counts = growUint32(this.#counts, keyId + 1);
    this.#before[slot] = this.#newest[keyId]!;
    this.#newest[keyId] = slot;
    this.#counts[keyId]!++;
    const bucket = this.#hashes[slot]! & this.#mask;
    this.#inBucket[slot] = this.#buckets[bucket]!;
    this.#buckets[bucket] = slot;
  }

  /** Puts the events of these slots at the ring's beginning, in this order, with room for `capacity`: a power of two. */
  #arrange(slots: Uint32Array, capacity: number): void {
    this.#arrivalUs = growFloat64(gatherFloat64(this.#arrivalUs, slots), capacity);
    this.#keyIds = growUint32(gatherUint32(this.#keyIds, slots), capacity);
    this.#hashes = growUint32(gatherUint32(this.#hashes, slots), capacity);
    this.#columns = this.#columns.map(column => gatherColumn(column, slots, slots.length));
    for (const column of this.#columns) growColumn(column, capacity);
    this.#before = new Int32Array(capacity);
    this.#inBucket = new Int32Array(capacity);
    this.#buckets = new Int32Array(capacity).fill(NONE);
    this.#counts.fill(0);
    this.#first = 0;
    this.#mask = capacity - 1;
    for (let slot = 0; slot < slots.length; slot++) this.#link(slot);
  }

  /** In the ring's order. */
  #slots(): Uint32Array {
    const slots = new Uint32Array(this.#length);
    for (let place = 0; place < slots.length; place++) slots[place] = (this.#first + place) & this.#mask;
    return slots;
  }

  #slotsOf(keyIds: Uint32Array, counts: Uint32Array): Uint32Array {
    const slots = new Uint32Array(counts.reduce((sum, count) => sum + count, 0));
    let start = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const end = start + counts[i]!;
      let slot = this.#newest[keyIds[i]!]!;
      for (let at = end - 1; at >= start; at--) {
        slots[at] = slot;
        slot = this.#before[slot]!;
      }
      start = end;
    }
    return slots;
  }

  #countOf(keyId: number): number {
    return keyId < this.#counts.length ? this.#counts[keyId]! : 0;
  }
}
