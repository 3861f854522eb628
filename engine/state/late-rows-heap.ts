const NONE = -1;

/** Of the slots of a buffer. Of a row in a heap, `next` is its next sibling and `previous` its first child. */
type Rows = {
  readonly timeUs: Float64Array;
  readonly sequence: Float64Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;
};

/** Whether one row comes before another one of its key. */
export function isBefore({ timeUs, sequence }: Rows, a: number, b: number): boolean {
  const laterUs = timeUs[a]! - timeUs[b]!;
  return laterUs < 0 || (laterUs === 0 && sequence[a]! < sequence[b]!);
}

/**
 * Two heaps become one; returns its root. Pairing heaps (Fredman, Sedgewick, Sleator and Tarjan, Algorithmica 1, 1986) over slots:
 * a row is put in at once, the oldest one is taken out in log n steps, amortized, and a row takes no more room than in a list.
 */
export function meld(rows: Rows, a: number, b: number): number {
  if (a === NONE) return b;
  if (b === NONE) return a;
  const [root, child] = isBefore(rows, a, b) ? [a, b] : [b, a];
  rows.next[child] = rows.previous[root]!;
  rows.previous[root] = child;
  return root;
}

/** The heap without its root: children are melded in pairs, then all of them from the last one on. */
export function withoutRoot(rows: Rows, root: number): number {
  const { next } = rows;
  let child = rows.previous[root]!;
  let pairs = NONE; // linked by `next`, the last one first
  while (child !== NONE) {
    const second = next[child]!;
    const rest = second === NONE ? NONE : next[second]!;
    next[child] = NONE;
    if (second !== NONE) next[second] = NONE;
    const pair = meld(rows, child, second);
    next[pair] = pairs;
    pairs = pair;
    child = rest;
  }
  let heap = NONE;
  while (pairs !== NONE) {
    const rest = next[pairs]!;
    next[pairs] = NONE;
    heap = meld(rows, heap, pairs);
    pairs = rest;
  }
  return heap;
}

/** All of a heap's rows, in no order. */
export function rowsOf({ next, previous }: Rows, root: number): number[] {
  const found = root === NONE ? [] : [root];
  for (let i = 0; i < found.length; i++) {
    for (let child = previous[found[i]!]!; child !== NONE; child = next[child]!) found.push(child);
  }
  return found;
}
