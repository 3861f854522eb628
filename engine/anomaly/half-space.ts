import { type Detector, type Reading, VALUE } from './detector.ts';

const TREES = 16;
const DEPTH = 6;
const LEAVES = 2 ** DEPTH;
const NODES = 2 * LEAVES; // from 1 on
const WINDOW = 250; // readings by which those of the next window are judged
const LEAST_MASS = 0.1 * WINDOW; // below which a node is not looked into

const SEEN = 0; // readings
const MASSES = 1; // of the window before, of each tree's nodes, then of this one

/**
 * `half_space(x, y, …)`: how lonely a reading is, in 0..1, by trees that halve the space of all fields in random directions and count the
 * readings of the last 250 in each part (half-space trees; Tan, Ting & Liu 2011). Near 1: nobody was there. The space is learnt
 * from the first 250, in which it says nothing. The trees are the same in every run. Cost: 16 trees of depth 6; 32 KB a key.
 */
export class HalfSpaceTrees implements Detector {
  readonly width: number;
  readonly #fields: number;
  readonly #ranges: number;
  readonly #splits: Uint8Array; // the field that each node of each tree halves
  readonly #shifts: Float64Array; // of each tree and field, in 0..1

  constructor(fields: number) {
    this.#fields = fields;
    this.#ranges = MASSES + 2 * TREES * NODES;
    this.width = this.#ranges + 2 * fields;
    const random = seeded();
    this.#splits = Uint8Array.from({ length: TREES * NODES }, () => Math.floor(random() * fields));
    this.#shifts = Float64Array.from({ length: TREES * fields }, random);
  }

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const seen = record[start + SEEN]!;
    record[start + SEEN] = seen + 1;
    if (seen < WINDOW) return this.#learnRange(record, start, reading, seen === 0);
    if (seen % WINDOW === 0) turn(record, start + MASSES);
    const density = this.#fill(record, start, reading.values);
    if (seen >= 2 * WINDOW) result[VALUE] = 1 - density / TREES;
  }

  #learnRange(record: Float64Array, start: number, { values }: Reading, isFirst: boolean): void {
    for (let field = 0, at = start + this.#ranges; field < this.#fields; field++, at += 2) {
      record[at] = isFirst ? values[field]! : Math.min(record[at]!, values[field]!);
      record[at + 1] = isFirst ? values[field]! : Math.max(record[at + 1]!, values[field]!);
    }
  }

  /**
   * Counts the reading, and adds up how dense the window before is at its places, 1 being as dense as readings that are spread evenly, which
   * is the most that a tree says: one that did not cut the reading off must not outvote those that did.
   */
  #fill(record: Float64Array, start: number, values: Float64Array): number {
    let sum = 0;
    for (let tree = 0; tree < TREES; tree++) {
      const before = start + MASSES + tree * NODES;
      const now = before + TREES * NODES;
      let isOpen = true;
      for (let node = 1, scale = 1; node < NODES; scale *= 2) {
        record[now + node] = record[now + node]! + 1;
        const mass = record[before + node]!;
        if (isOpen && (mass < LEAST_MASS || node >= LEAVES)) {
          sum += Math.min(1, (mass * scale) / WINDOW);
          isOpen = false;
        }
        node = 2 * node + (this.#isAbove(record, start, tree, node, values) ? 1 : 0);
      }
    }
    return sum;
  }

  /** Which half of the node's part: found by halving the field's range as often as the nodes above it did. */
  #isAbove(record: Float64Array, start: number, tree: number, node: number, values: Float64Array): boolean {
    const field = this.#splits[tree * NODES + node]!;
    const at = start + this.#ranges + 2 * field;
    const width = Math.max(record[at + 1]! - record[at]!, Number.MIN_VALUE);
    // Twice as wide as the range that was seen, and shifted, so that trees differ and what is new has room.
    let low = record[at]! - width * this.#shifts[tree * this.#fields + field]!;
    let high = low + 2 * width;
    for (let depth = Math.floor(Math.log2(node)); depth > 0; depth--) {
      const above = node >> depth;
      if (this.#splits[tree * NODES + above] !== field) continue;
      const middle = (low + high) / 2;
      if (((node >> (depth - 1)) & 1) === 1) low = middle;
      else high = middle;
    }
    return values[field]! >= (low + high) / 2;
  }
}

/** This window becomes the one before. */
function turn(record: Float64Array, masses: number): void {
  const size = TREES * NODES;
  record.copyWithin(masses, masses + size, masses + 2 * size);
  record.fill(0, masses + size, masses + 2 * size);
}

/** The same numbers in 0..1 in each run (xorshift32; Marsaglia 2003). */
function seeded(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
