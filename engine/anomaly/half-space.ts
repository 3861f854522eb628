import { type Detector, type Reading, VALUE } from './detector.ts';

const TREES = 16;
const DEPTH = 6;
const LEAVES = 2 ** DEPTH;
const WINDOW = 250; // readings by which those of the next window are judged
const LEAST_MASS = 0.1 * WINDOW; // below which a part is not looked into

const SEEN = 0; // readings
/**
 * Of each leaf of each tree 16 bits: how many readings of this window are there, and DENSITY times how dense the window before is there, WINDOW
 * being as dense as readings that are spread evenly. Two trees share a number, and leaves of the same place in all trees lie side by side.
 */
const ROWS = 1;
const ROW = TREES / 2;
const LEAF_BITS = 16;
const LEAF = 0xffff;
const DENSITY_BITS = 8;
const COUNT = 0xff;
const RANGES = ROWS + LEAVES * ROW;

/**
 * `half_space(x, y, …)`: how lonely a reading is, in 0..1, by trees that halve the space of all fields in random directions and count the
 * readings of the last 250 in each part (half-space trees; Tan, Ting & Liu 2011). Near 1: nobody was there. The space is learnt
 * from the first 250, in which it says nothing. The trees are the same in every run. Cost: 16 trees of depth 6; 4.1 KB a key.
 */
export class HalfSpaceTrees implements Detector {
  readonly width: number;
  readonly #fields: number;
  /** What each node of each tree asks: the field that it halves, times 8, and which bit of the field's place says which half. */
  readonly #nodes: Uint16Array;
  readonly #pairs: Uint8Array; // of two fields: the leaf of each tree, by the places in both
  readonly #shifts: Float64Array; // of each tree and field, in 0..1
  readonly #shares: Float64Array; // of a reading: where it lies in each field's range
  readonly #places: Int32Array; // and in which LEAVES-th of a tree's
  readonly #turns: Int32Array; // of each tree: how many rows its first leaf is behind the first row
  readonly #leaves = new Int32Array(TREES); // of a reading

  constructor(fields: number) {
    this.#fields = fields;
    this.width = RANGES + 2 * fields;
    const random = seeded();
    const splits = Uint8Array.from({ length: TREES * 2 * LEAVES }, () => Math.floor(random() * fields));
    this.#nodes = Uint16Array.from(splits, (field, at) => field * 8 + bitAsked(splits, at));
    this.#pairs = fields === 2 ? leavesOfPairs(this.#nodes) : new Uint8Array(0);
    this.#shifts = Float64Array.from({ length: TREES * fields }, random);
    // Of one field, a reading is in the leaf of its place, shifted by what is the tree's own: turned back, all trees have it in two rows.
    this.#turns = Int32Array.from({ length: TREES }, (_, tree) =>
      fields === 1 ? Math.floor((this.#shifts[tree]! * LEAVES) / 2) : 0,
    );
    this.#shares = new Float64Array(fields);
    this.#places = new Int32Array(fields);
  }

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const seen = record[start + SEEN]!;
    record[start + SEEN] = seen + 1;
    if (seen < WINDOW) return this.#learnRange(record, start, reading, seen === 0);
    if (seen % WINDOW === 0) this.#turnWindow(record, start + ROWS);
    this.#find(record, start + RANGES, reading.values);
    const density = this.#add(record, start + ROWS);
    if (seen >= 2 * WINDOW) result[VALUE] = 1 - density / (TREES * WINDOW);
  }

  #learnRange(record: Float64Array, start: number, { values }: Reading, isFirst: boolean): void {
    for (let field = 0, at = start + RANGES; field < this.#fields; field++, at += 2) {
      record[at] = isFirst ? values[field]! : Math.min(record[at]!, values[field]!);
      record[at + 1] = isFirst ? values[field]! : Math.max(record[at + 1]!, values[field]!);
    }
  }

  /** In which leaf of each tree it is. */
  #find(record: Float64Array, ranges: number, values: Float64Array): void {
    const fields = this.#fields;
    const nodes = this.#nodes;
    const pairs = this.#pairs;
    const leaves = this.#leaves;
    const shifts = this.#shifts;
    const shares = this.#shares;
    const places = this.#places;
    for (let field = 0, at = ranges; field < fields; field++, at += 2)
      shares[field] = (values[field]! - record[at]!) / Math.max(record[at + 1]! - record[at]!, Number.MIN_VALUE);
    for (let tree = 0; tree < TREES; tree++) {
      // Twice as wide as the range that was seen, and shifted, so that trees differ and what is new has room.
      for (let field = 0; field < fields; field++) {
        const place = (shares[field]! + shifts[tree * fields + field]!) * (LEAVES / 2);
        places[field] = place < 0 ? 0 : place >= LEAVES - 1 ? LEAVES - 1 : place | 0; // which may be infinite
      }
      if (fields === 1)
        leaves[tree] = places[0]!; // the leaves are its places
      else if (fields === 2) leaves[tree] = pairs[(tree * LEAVES + places[0]!) * LEAVES + places[1]!]!;
      else leaves[tree] = leafOf(nodes, tree, places);
    }
  }

  /**
   * Counts the reading, and adds up how dense the window before is at its places, WINDOW being as dense as readings that are spread evenly, which
   * is the most that a tree says: one that did not cut the reading off must not outvote those that did.
   */
  #add(record: Float64Array, rows: number): number {
    const leaves = this.#leaves;
    const turns = this.#turns;
    let sum = 0;
    for (let tree = 0; tree < TREES; tree++) {
      const at = rows + rowOf(leaves[tree]!, turns[tree]!) * ROW + (tree >> 1);
      const shift = (tree & 1) * LEAF_BITS;
      const pair = record[at]!;
      sum += ((pair >>> shift) & LEAF) >> DENSITY_BITS;
      record[at] = pair + (1 << shift);
    }
    return sum;
  }

  /** This window becomes the one before. */
  #turnWindow(record: Float64Array, rows: number): void {
    for (let tree = 0; tree < TREES; tree++) {
      const first = rows + (tree >> 1);
      const shift = (tree & 1) * LEAF_BITS;
      const turn = this.#turns[tree]!;
      for (let leaf = 0; leaf < LEAVES; leaf++)
        MASSES[LEAVES + leaf] = (record[first + rowOf(leaf, turn) * ROW]! >>> shift) & COUNT;
      weigh();
      for (let leaf = 0; leaf < LEAVES; leaf++) {
        const at = first + rowOf(leaf, turn) * ROW;
        const others = record[at]! & ~(LEAF << shift);
        record[at] = (others | (DENSITIES[LEAVES + leaf]! << (shift + DENSITY_BITS))) >>> 0;
      }
    }
  }
}

/** From the root down: each node says which half comes next. */
function leafOf(nodes: Uint16Array, tree: number, places: Int32Array): number {
  const root = tree * 2 * LEAVES;
  let node = 1;
  while (node < LEAVES) {
    const asked = nodes[root + node]!;
    node = 2 * node + ((places[asked >> 3]! >> (asked & 7)) & 1);
  }
  return node - LEAVES;
}

function leavesOfPairs(nodes: Uint16Array): Uint8Array {
  const places = new Int32Array(2);
  return Uint8Array.from({ length: TREES * LEAVES * LEAVES }, (_, at) => {
    places[0] = Math.floor(at / LEAVES) % LEAVES;
    places[1] = at % LEAVES;
    return leafOf(nodes, Math.floor(at / LEAVES ** 2), places);
  });
}

function rowOf(leaf: number, turn: number): number {
  return (leaf - turn) & (LEAVES - 1);
}

/** A field's place has DEPTH bits: the first node on the way that halves the field asks for the highest, and so on. */
function bitAsked(splits: Uint8Array, at: number): number {
  const node = at % (2 * LEAVES);
  let bit = DEPTH - 1;
  for (let above = node >> 1; above > 0; above >>= 1) if (splits[at - node + above] === splits[at]) bit--;
  return Math.max(0, bit); // of leaves, which halve nothing
}

// Of the nodes of one tree, from 1 on: how many readings are there, and how dense they are.
const MASSES = new Int32Array(2 * LEAVES);
const DENSITIES = new Int32Array(2 * LEAVES);

/** A node is as dense as the first part on the way to it that is not looked into, or as it is itself. */
function weigh(): void {
  for (let node = LEAVES - 1; node > 0; node--) MASSES[node] = MASSES[2 * node]! + MASSES[2 * node + 1]!;
  DENSITIES[1] = Math.min(WINDOW, MASSES[1]!);
  for (let depth = 1; depth <= DEPTH; depth++) {
    for (let node = 1 << depth; node < 2 << depth; node++) {
      const above = node >> 1;
      const isAlike = MASSES[above]! < LEAST_MASS;
      DENSITIES[node] = isAlike ? DENSITIES[above]! : Math.min(WINDOW, MASSES[node]! << depth);
    }
  }
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
