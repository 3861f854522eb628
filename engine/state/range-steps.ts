import { growFloat64, growUint32, growUint8 } from './growable.ts';
import type { RangeRing } from './range-ring.ts';

/**
 * What happens to the ring at each row of a frame, in order; written once, then read by every channel and aggregate in a
 * loop of its own. Arrays by step.
 */
export class RangeSteps {
  length = 0;
  entries = new Uint32Array(0); // of the frame
  keys = new Uint32Array(0);
  timeUs = new Float64Array(0);
  /** Rows [leaves, heads) leave; then, where `flips` is 1, the front becomes [heads, boundaries); then … */
  leaves = new Float64Array(0);
  heads = new Float64Array(0);
  boundaries = new Float64Array(0);
  flips = new Uint8Array(0);
  /** … where `takes` is 1, row tails − 1 comes in; the value is that of rows [heads, tails). */
  takes = new Uint8Array(0);
  tails = new Float64Array(0);

  reserve(length: number): void {
    this.entries = growUint32(this.entries, length);
    this.keys = growUint32(this.keys, length);
    this.timeUs = growFloat64(this.timeUs, length);
    this.leaves = growFloat64(this.leaves, length);
    this.heads = growFloat64(this.heads, length);
    this.boundaries = growFloat64(this.boundaries, length);
    this.flips = growUint8(this.flips, length);
    this.takes = growUint8(this.takes, length);
    this.tails = growFloat64(this.tails, length);
  }

  /**
   * The steps by which these keys' rings could have come about, `limit` at a time: rows of the front come in, become the
   * front, and rows of the back come in. Entries count from 0 each time. Keys of −1 are passed over.
   */
  replay(ring: RangeRing, keyIds: Int32Array, { limit, follow }: { limit: number; follow: () => void }): void {
    this.reserve(limit);
    this.length = 0;
    const add = (key: number, step: Replayed): void => {
      this.entries[this.length] = this.length;
      this.keys[this.length] = key;
      this.timeUs[this.length] = ring.timeOf(key, step.tail - 1);
      this.leaves[this.length] = ring.heads[key]!;
      this.heads[this.length] = ring.heads[key]!;
      this.boundaries[this.length] = step.boundary;
      this.flips[this.length] = step.flips;
      this.takes[this.length] = 1 - step.flips;
      this.tails[this.length] = step.tail;
      this.length++;
      if (this.length < limit) return;
      follow();
      this.length = 0;
    };
    for (const key of keyIds) {
      if (key < 0) continue;
      const head = ring.heads[key]!;
      const boundary = ring.boundaries[key]!;
      for (let tail = head + 1; tail <= boundary; tail++) add(key, { tail, boundary: head, flips: 0 });
      if (boundary > head) add(key, { tail: boundary, boundary, flips: 1 });
      for (let tail = boundary + 1; tail <= ring.tails[key]!; tail++) add(key, { tail, boundary, flips: 0 });
    }
    follow();
  }
}

type Replayed = { readonly tail: number; readonly boundary: number; readonly flips: 0 | 1 };
