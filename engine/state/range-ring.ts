import { assert } from '../errors.ts';
import { TEXT_BYTES } from './columns.ts';
import { growFloat64, growInt32, growUint32 } from './growable.ts';

/** Text beside the rows, at the row's place. */
export type TextChannel = { readonly values: (string | null)[] };

const LEAST_CAPACITY = 4;

/**
 * The rows in range of every key, oldest first, in one ring per key. A row is `width` doubles side by side, so that it
 * costs one cache miss, not one a column: its time, the values of arguments (NaN: null), and what aggregates keep beside
 * it. The n-th row of key k, n counting all that k ever took, begins at `(bases[k] + (n & masks[k])) * width` of `rows`. A
 * full ring moves to a place of twice the size, one that is seven eighths empty to a quarter; places left are used again.
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
  static readonly bytesPerKey = 40;
  heads = new Float64Array(0); // the oldest row in range; doubles, as 2³² readings are six weeks at 1 kHz
  tails = new Float64Array(0); // one past the newest
  boundaries = new Float64Array(0);
  floors = new Float64Array(0); // the oldest row that this frame can still ask for
  bases = new Uint32Array(0);
  masks = new Int32Array(0); // capacity − 1; −1: no ring yet
  rows = new Float64Array(0);
  width = 1; // the time is at 0; fixed once there are rows
  #size = 0; // rows for which there is room
  #used = 0;
  readonly #free: number[][] = []; // places, by log2 of the capacity
  readonly #texts: TextChannel[] = [];

  /** Makes every row wider; returns where in it the new doubles are. Called before there are rows. */
  widen(doubles: number): number {
    assert(this.#size === 0, 'a ring is built before it is used');
    const offset = this.width;
    this.width += doubles;
    return offset;
  }

  addTexts(): TextChannel {
    const channel = { values: new Array<string | null>(this.#size).fill(null) };
    this.#texts.push(channel);
    return channel;
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
    this.rows[(this.bases[key]! + (tail & this.masks[key]!)) * this.width] = timeUs;
    this.tails[key] = tail + 1;
  }

  /** For one more row. */
  hasRoom(key: number): boolean {
    return this.tails[key]! - this.floors[key]! <= this.masks[key]!;
  }

  /** Twice the room; `rows` may be another array afterwards. */
  grow(key: number): void {
    this.#move(key, Math.max(LEAST_CAPACITY, (this.masks[key]! + 1) * 2));
  }

  timeOf(key: number, row: number): number {
    return this.rows[(this.bases[key]! + (row & this.masks[key]!)) * this.width]!;
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
    if (capacity > 0) {
      const base = this.bases[key]!;
      for (const { values } of this.#texts) values.fill(null, base, base + capacity);
      this.#freeOf(capacity).push(base);
    }
    this.masks[key] = -1;
    this.#startAt(key, firstRow(key));
  }

  get stateBytes(): number {
    const ofKeys = this.keyCount * RangeRing.bytesPerKey;
    const ofTexts = this.#texts.length * this.#size * TEXT_BYTES;
    const ofFree = this.#free.reduce((bytes, places) => bytes + places.length * 8, 0);
    return ofKeys + this.rows.byteLength + ofTexts + ofFree;
  }

  #startAt(key: number, row: number): void {
    this.heads[key] = row;
    this.tails[key] = row;
    this.boundaries[key] = row;
    this.floors[key] = row;
  }

  #move(key: number, capacity: number): void {
    const base = this.#place(capacity);
    const oldBase = this.bases[key]!;
    const oldMask = this.masks[key]!;
    const mask = capacity - 1;
    const tail = this.tails[key]!;
    for (let row = this.floors[key]!; row < tail; row++) {
      const from = oldBase + (row & oldMask);
      const to = base + (row & mask);
      for (let i = 0; i < this.width; i++) this.rows[to * this.width + i] = this.rows[from * this.width + i]!;
      for (const { values } of this.#texts) values[to] = values[from]!;
    }
    if (oldMask >= 0) this.#freeOf(oldMask + 1).push(oldBase);
    this.bases[key] = base;
    this.masks[key] = mask;
  }

  #place(capacity: number): number {
    const left = this.#freeOf(capacity).pop();
    if (left !== undefined) return left;
    const base = this.#used;
    this.#used += capacity;
    if (this.#used > this.#size) this.#grow();
    return base;
  }

  #grow(): void {
    this.#size = Math.max(1024, this.#used, this.#size * 2);
    this.rows = growFloat64(this.rows, this.#size * this.width);
    for (const { values } of this.#texts) while (values.length < this.#size) values.push(null);
  }

  #freeOf(capacity: number): number[] {
    const order = 31 - Math.clz32(capacity);
    while (this.#free.length <= order) this.#free.push([]);
    return this.#free[order]!;
  }
}

/**
 * Where counting begins. Devices that report in step would otherwise all write at the same place of their rings, whose
 * distances may be powers of two, and so compete for a few sets of the cache. One place further for each key, the next
 * key's line is where the processor looks ahead: a third faster than places at random with 1,000 keys.
 */
function firstRow(key: number): number {
  return key & 0xfff;
}
