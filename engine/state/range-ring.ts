import { assert } from '../errors.ts';
import { growFloat64, growInt32, growUint32 } from './growable.ts';
import { baseAt, placeAt, RangeSegments, segmentAt, type TextChannel } from './range-segments.ts';

export type { TextChannel } from './range-segments.ts';

const LEAST_CAPACITY = 4;

/**
 * The rows in range of every key, oldest first, in one ring per key. A row is `width` doubles side by side, so that it
 * costs one cache miss, not one a column: its time, the values of arguments (NaN: null), and what aggregates keep beside
 * it. The n-th row of key k, n counting all that k ever took, begins at `(bases[k] + (n & masks[k])) * width` of
 * `segments[segmentOf[k]]`. A full ring moves to a place of twice the size, one that is seven eighths empty to a quarter. A long one
 * that fills for the first time is copied bit by bit before it is full: 30 days of a second would else take a batch a second.
 *
 * Rows are also split in two: those before `boundaries[k]` are the front, the others the back. When the front runs out
 * and a row of the back leaves, all that remains becomes the front and the back begins anew. Aggregates that cannot be
 * subtracted from keep, for each row of the front, their state from it to the front's end, and one state of the back
 * ("two stacks"; Tangwongsan, Hirzel, Schneider: In-order sliding-window aggregation, 2017). So each row is added twice,
 * nothing is ever subtracted, and no rounding error outlives the rows that caused it. What an aggregate holds is a function
 * of the ring and its boundary, and these are all that a snapshot has.
 *
 * Bound: the rows in range; within a frame also those that leave in it. Nothing is dropped.
 */
export class RangeRing {
  static readonly bytesPerKey = 44;
  heads = new Float64Array(0); // the oldest row in range; doubles, as 2³² readings are six weeks at 1 kHz
  tails = new Float64Array(0); // one past the newest
  boundaries = new Float64Array(0);
  floors = new Float64Array(0); // the oldest row that this frame can still ask for
  bases = new Uint32Array(0);
  masks = new Int32Array(0); // capacity − 1; −1: no ring yet
  segmentOf = new Uint32Array(0);
  width = 1; // the time is at 0; fixed once there are rows
  readonly #segments = new RangeSegments();
  readonly #longKeys = new Map<number, number>(); // and the oldest row in range when these were looked at
  readonly #copies = new Map<number, Copy>(); // of long rings that will soon be full
  #takenRows = 0; // since these were looked at

  /** Makes every row wider; returns where in it the new doubles are. Called before there are rows. */
  widen(doubles: number): number {
    assert(this.keyCount === 0, 'a ring is built before it is used');
    const offset = this.width;
    this.width += doubles;
    this.#segments.setWidth(this.width);
    return offset;
  }

  addTexts(): TextChannel {
    return this.#segments.addTexts();
  }

  /** By segment; an array may be another one after a ring has grown. */
  get segments(): readonly Float64Array[] {
    return this.#segments.rows;
  }

  /** All rings lie in the last segment. */
  get isOneSegment(): boolean {
    return this.segments.length <= 2;
  }

  get keyCount(): number {
    return this.heads.length;
  }

  reserve(keyCount: number): void {
    const known = this.heads.length;
    if (keyCount <= known) return;
    this.heads = growFloat64(this.heads, keyCount);
    this.tails = growFloat64(this.tails, keyCount);
    this.boundaries = growFloat64(this.boundaries, keyCount);
    this.floors = growFloat64(this.floors, keyCount);
    this.bases = growUint32(this.bases, keyCount);
    this.masks = growInt32(this.masks, keyCount, -1);
    this.segmentOf = growUint32(this.segmentOf, keyCount);
    for (let key = known; key < this.heads.length; key++) this.#startAt(key, firstRow(key));
  }

  /** Room for so many rows of a key that has none. */
  open(key: number, rowCount: number): void {
    assert(this.masks[key] === -1, 'a key is opened once');
    const powerOfTwo = 1 << (32 - Math.clz32(rowCount - 1));
    if (rowCount > 0) this.#move(key, Math.max(LEAST_CAPACITY, powerOfTwo));
  }

  /** Takes a row in; all but its time is still to be written. */
  push(key: number, timeUs: number): void {
    if (!this.hasRoom(key)) this.grow(key);
    const tail = this.tails[key]!;
    this.rowsOf(key)[this.#at(key, tail)] = timeUs;
    this.tails[key] = tail + 1;
  }

  /** For one more row. */
  hasRoom(key: number): boolean {
    return this.tails[key]! - this.floors[key]! <= this.masks[key]!;
  }

  /** Twice the room. */
  grow(key: number): void {
    this.#move(key, Math.max(LEAST_CAPACITY, (this.masks[key]! + 1) * 2));
  }

  /** Behind a frame, of which at most so many rows were taken: the next of each long ring that fills up are copied. */
  copyAhead(takenRows: number): void {
    if (this.#longKeys.size === 0 || (this.#takenRows += takenRows) < LOOK_AFTER_ROWS) return;
    this.#takenRows = 0;
    for (const [key, head] of this.#longKeys) {
      if (this.heads[key] === head) this.#copyAheadOf(key);
      else this.#noteLeaving(key);
    }
  }

  rowsOf(key: number): Float64Array {
    return this.#segments.rows[this.segmentOf[key]!]!;
  }

  timeOf(key: number, row: number): number {
    return this.numberOf(key, row, 0);
  }

  /** The double at `offset` of a row. */
  numberOf(key: number, row: number, offset: number): number {
    return this.rowsOf(key)[this.#at(key, row) + offset]!;
  }

  textOf(key: number, row: number, channel: TextChannel): string | null {
    return channel[this.segmentOf[key]!]![this.bases[key]! + (row & this.masks[key]!)]!;
  }

  /** Of a row that this frame has taken. */
  setText(
    key: number,
    row: number,
    { channel, text }: { readonly channel: TextChannel; readonly text: string | null },
  ): void {
    channel[this.segmentOf[key]!]![this.bases[key]! + (row & this.masks[key]!)] = text;
  }

  /** Changes a value beside a row that was taken with an earlier frame. */
  change(key: number, row: number, { offset, value }: { readonly offset: number; readonly value: number }): void {
    this.rowsOf(key)[this.#at(key, row) + offset] = value;
    const copy = this.#copies.get(key);
    if (copy !== undefined && row < copy.end) this.#copyRows(key, copy, row, row + 1);
  }

  /** Lets go of the rows that left the range. */
  release(key: number): void {
    this.floors[key] = this.heads[key]!;
    const capacity = this.masks[key]! + 1;
    if (capacity > LEAST_CAPACITY * 4 && (this.tails[key]! - this.heads[key]!) * 8 < capacity)
      this.#move(key, capacity / 4);
  }

  /** The key is as if never seen; its ring goes to the next that needs one of its size. */
  forget(key: number): void {
    if (key >= this.keyCount) return;
    const capacity = this.masks[key]! + 1;
    if (capacity > 0) this.#leave(key);
    this.masks[key] = -1;
    this.segmentOf[key] = 0;
    this.#startAt(key, firstRow(key));
  }

  get stateBytes(): number {
    return this.keyCount * RangeRing.bytesPerKey + this.#segments.stateBytes;
  }

  #startAt(key: number, row: number): void {
    this.heads[key] = row;
    this.tails[key] = row;
    this.boundaries[key] = row;
    this.floors[key] = row;
  }

  #move(key: number, capacity: number): void {
    const from = this.floors[key]!;
    const started = this.#copies.get(key);
    const isOfUse = started !== undefined && started.capacity === capacity && started.from === from;
    const copy = isOfUse ? started : { place: this.#segments.take(capacity), capacity, from, end: from };
    if (isOfUse) this.#copies.delete(key);
    this.#copyRows(key, copy, copy.end, this.tails[key]!);
    if (this.masks[key]! >= 0) this.#leave(key);
    this.bases[key] = baseAt(copy.place);
    this.masks[key] = capacity - 1;
    this.segmentOf[key] = segmentAt(copy.place);
    if (this.#segments.isLong(capacity)) this.#longKeys.set(key, this.heads[key]!);
  }

  /** The place of its ring, and any copy of it. */
  #leave(key: number): void {
    this.#dropCopy(key);
    this.#longKeys.delete(key);
    this.#segments.giveBack(placeAt(this.segmentOf[key]!, this.bases[key]!), this.masks[key]! + 1);
  }

  /** A ring that rows leave is not likely to grow. */
  #noteLeaving(key: number): void {
    this.#dropCopy(key);
    this.#longKeys.set(key, this.heads[key]!);
  }

  /** For each row that comes into the last quarter, four are copied. */
  #copyAheadOf(key: number): void {
    const capacity = this.masks[key]! + 1;
    const from = this.heads[key]!;
    const rowCount = this.tails[key]! - from;
    const end = from + Math.min(rowCount, 4 * rowCount - 3 * capacity);
    let copy = this.#copies.get(key);
    if (end <= (copy?.end ?? from)) return;
    if (copy === undefined) {
      copy = { place: this.#segments.take(capacity * 2), capacity: capacity * 2, from, end: from };
      this.#copies.set(key, copy);
    }
    this.#copyRows(key, copy, copy.end, end);
    copy.end = end;
  }

  #dropCopy(key: number): void {
    const copy = this.#copies.get(key);
    if (copy === undefined) return;
    this.#segments.giveBack(copy.place, copy.capacity);
    this.#copies.delete(key);
  }

  #copyRows(key: number, { place, capacity }: Copy, from: number, end: number): void {
    const { width } = this;
    const rows = this.rowsOf(key);
    const oldBase = this.bases[key]!;
    const oldMask = this.masks[key]!;
    const segment = segmentAt(place);
    const to = this.segments[segment]!;
    const base = baseAt(place);
    for (let row = from; row < end; row++) {
      const at = (oldBase + (row & oldMask)) * width;
      const toAt = (base + (row & (capacity - 1))) * width;
      for (let i = 0; i < width; i++) to[toAt + i] = rows[at + i]!;
    }
    for (const channel of this.#segments.textChannels) {
      const texts = channel[this.segmentOf[key]!]!;
      const toTexts = channel[segment]!;
      for (let row = from; row < end; row++) toTexts[base + (row & (capacity - 1))] = texts[oldBase + (row & oldMask)]!;
    }
  }

  #at(key: number, row: number): number {
    return (this.bases[key]! + (row & this.masks[key]!)) * this.width;
  }
}

/** A place of twice the size, and the rows that are there already: those from `from`, the oldest in range, to `end`. */
type Copy = { readonly place: number; readonly capacity: number; readonly from: number; end: number };

/** Less than a quarter of most long rings. */
const LOOK_AFTER_ROWS = 4_096;

/**
 * Where counting begins. Devices that report in step would otherwise all write at the same place of their rings, whose
 * distances may be powers of two, and so compete for a few sets of the cache. One place further for each key, the next
 * key's line is where the processor looks ahead: a third faster than places at random with 1,000 keys.
 */
function firstRow(key: number): number {
  return key & 0xfff;
}
