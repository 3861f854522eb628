import type { Snapshot } from '../operator.ts';
import { growFloat64, growUint32 } from './growable.ts';

/** Numbers beside the rows, `stride` of them a row; NaN where a value is null. */
export type NumberChannel = { readonly stride: number; values: Float64Array };
export type TextChannel = { readonly values: (string | null)[] };

const LEAST_CAPACITY = 4;

/**
 * The rows in range of every key, oldest first, in one ring per key. The rings lie in shared arrays ("channels"), the
 * n-th row of key k at `bases[k] + (n & masks[k])`, n counting all rows that k ever took. A full ring moves to a place of
 * twice the size, one that is seven eighths empty to a quarter; places that were left are used again.
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
  heads = new Float64Array(0); // the oldest row in range; doubles, as 2³² readings are six weeks at 1 kHz
  tails = new Float64Array(0); // one past the newest
  boundaries = new Float64Array(0);
  bases = new Uint32Array(0);
  masks = new Int32Array(0); // capacity − 1; −1: no ring yet
  readonly times: NumberChannel;
  #floors = new Float64Array(0); // the oldest row that this frame can still ask for
  #size = 0;
  #used = 0;
  readonly #free: number[][] = []; // by log2 of the capacity
  readonly #numbers: NumberChannel[] = [];
  readonly #texts: TextChannel[] = [];

  constructor() {
    this.times = this.addNumbers(1);
  }

  addNumbers(stride: number): NumberChannel {
    const channel = { stride, values: new Float64Array(this.#size * stride) };
    this.#numbers.push(channel);
    return channel;
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
    if (keyCount <= this.heads.length) return;
    this.heads = growFloat64(this.heads, keyCount);
    const { length } = this.heads;
    this.tails = growFloat64(this.tails, length);
    this.boundaries = growFloat64(this.boundaries, length);
    this.#floors = growFloat64(this.#floors, length);
    this.bases = growUint32(this.bases, length);
    const masks = new Int32Array(length).fill(-1);
    masks.set(this.masks);
    this.masks = masks;
  }

  /** Takes a row in: its channels, but the time, are still to be written. */
  push(key: number, timeUs: number): void {
    const tail = this.tails[key]!;
    if (tail - this.#floors[key]! > this.masks[key]!)
      this.#move(key, Math.max(LEAST_CAPACITY, (this.masks[key]! + 1) * 2));
    this.times.values[this.bases[key]! + (tail & this.masks[key]!)] = timeUs;
    this.tails[key] = tail + 1;
  }

  timeOf(key: number, row: number): number {
    return this.times.values[this.bases[key]! + (row & this.masks[key]!)]!;
  }

  /** Lets go of the rows that left the range. */
  release(key: number): void {
    this.#floors[key] = this.heads[key]!;
    const capacity = this.masks[key]! + 1;
    if (capacity > LEAST_CAPACITY * 4 && (this.tails[key]! - this.heads[key]!) * 8 < capacity)
      this.#move(key, capacity / 4);
  }

  /** Rows of all keys, key by key, of one channel. */
  copyNumbers(channel: NumberChannel): Float64Array {
    const copy = new Float64Array(this.#rowCount() * channel.stride);
    let to = 0;
    for (let key = 0; key < this.keyCount; key++) {
      for (let row = this.heads[key]!; row < this.tails[key]!; row++) {
        copy[to++] = channel.values[this.bases[key]! + (row & this.masks[key]!)]!;
      }
    }
    return copy;
  }

  copyTexts(channel: TextChannel): (string | null)[] {
    const copy: (string | null)[] = [];
    for (let key = 0; key < this.keyCount; key++) {
      for (let row = this.heads[key]!; row < this.tails[key]!; row++) {
        copy.push(channel.values[this.bases[key]! + (row & this.masks[key]!)]!);
      }
    }
    return copy;
  }

  /** Times, and how the rows are divided among keys, and these into front and back. */
  snapshot(): Snapshot {
    return {
      rows: Uint32Array.from(this.heads, (head, key) => this.tails[key]! - head),
      fronts: Uint32Array.from(this.heads, (head, key) => this.boundaries[key]! - head),
      times: this.copyNumbers(this.times),
    };
  }

  /** Rows begin at 0 again. The other channels are restored by `fillNumbers` and `fillTexts`. */
  restore(snapshot: Snapshot): void {
    const rows = snapshot['rows'] as Uint32Array;
    const times = snapshot['times'] as Float64Array;
    this.reserve(rows.length);
    let from = 0;
    for (let key = 0; key < rows.length; key++) {
      for (let row = 0; row < rows[key]!; row++) this.push(key, times[from++]!);
      this.boundaries[key] = (snapshot['fronts'] as Uint32Array)[key]!;
    }
  }

  fillNumbers(channel: NumberChannel, saved: Float64Array): void {
    let from = 0;
    for (let key = 0; key < this.keyCount; key++) {
      for (let row = 0; row < this.tails[key]!; row++) {
        channel.values[this.bases[key]! + (row & this.masks[key]!)] = saved[from++]!;
      }
    }
  }

  fillTexts(channel: TextChannel, saved: readonly (string | null)[]): void {
    let from = 0;
    for (let key = 0; key < this.keyCount; key++) {
      for (let row = 0; row < this.tails[key]!; row++) {
        channel.values[this.bases[key]! + (row & this.masks[key]!)] = saved[from++]!;
      }
    }
  }

  #rowCount(): number {
    let count = 0;
    for (let key = 0; key < this.keyCount; key++) count += this.tails[key]! - this.heads[key]!;
    return count;
  }

  #move(key: number, capacity: number): void {
    const base = this.#place(capacity);
    const oldBase = this.bases[key]!;
    const oldMask = this.masks[key]!;
    const mask = capacity - 1;
    const tail = this.tails[key]!;
    for (let row = this.#floors[key]!; row < tail; row++) {
      const from = oldBase + (row & oldMask);
      const to = base + (row & mask);
      for (const { values, stride } of this.#numbers) {
        for (let i = 0; i < stride; i++) values[to * stride + i] = values[from * stride + i]!;
      }
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
    for (const channel of this.#numbers) channel.values = growFloat64(channel.values, this.#size * channel.stride);
    for (const { values } of this.#texts) while (values.length < this.#size) values.push(null);
  }

  #freeOf(capacity: number): number[] {
    const order = 31 - Math.clz32(capacity);
    while (this.#free.length <= order) this.#free.push([]);
    return this.#free[order]!;
  }
}
