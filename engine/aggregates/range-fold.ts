import type { Column } from '../batch.ts';
import { writeNull, writeNumber } from '../state/column-writer.ts';
import { growFloat64 } from '../state/growable.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { Fold } from './fold.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

/** Any fold over a range: its states from each row to the front's end, one of the back, and the two joined at each row. */
export class RangeFold implements RangeAggregate {
  readonly bytesPerRow: number;
  readonly bytesPerKey: number;
  readonly #fold: Fold;
  readonly #ring: RangeRing;
  readonly #x: RangeInput | undefined;
  readonly #y: RangeInput | undefined;
  readonly #fronts: number; // where in a row its state lies
  #backs = new Float64Array(0);
  readonly #scratch: Float64Array;

  constructor(fold: Fold, ring: RangeRing, inputs: readonly RangeInput[]) {
    this.#fold = fold;
    this.#ring = ring;
    this.#x = inputs[0];
    this.#y = inputs[1];
    this.#fronts = ring.widen(fold.width);
    this.#scratch = new Float64Array(fold.width);
    this.bytesPerRow = fold.width * 8;
    this.bytesPerKey = fold.width * 8;
  }

  follow(steps: RangeSteps, output: Column): void {
    if (steps.length === 0) return;
    const fold = this.#fold;
    const { width } = fold;
    this.#backs = growFloat64(this.#backs, this.#ring.keyCount * width);
    const backs = this.#backs;
    const scratch = this.#scratch;
    const { bases, masks, width: rowWidth } = this.#ring;
    const { entries, keys, flips, takes, heads, boundaries, tails, timeUs } = steps;
    // hot: benchmarks/throughput
    for (let step = 0; step < steps.length; step++) {
      const key = keys[step]!;
      const rows = this.#ring.rowsOf(key);
      const head = heads[step]!;
      const back = key * width;
      if (flips[step] === 1) {
        this.#foldFront(key, head, boundaries[step]!);
        for (let i = 0; i < width; i++) backs[back + i] = 0;
      }
      if (takes[step] === 1)
        this.#add(backs, back, rows, (bases[key]! + ((tails[step]! - 1) & masks[key]!)) * rowWidth);
      for (let i = 0; i < width; i++) scratch[i] = backs[back + i]!;
      if (head < boundaries[step]!) {
        this.#prepend(rows, (bases[key]! + (head & masks[key]!)) * rowWidth + this.#fronts, scratch, 0);
      }
      if (scratch[0] === 0) writeNull(output, entries[step]!);
      else writeNumber(output, entries[step]!, fold.finish(scratch, 0, timeUs[step]!));
    }
  }

  forget(key: number): void {
    this.#backs.fill(0, key * this.#fold.width, (key + 1) * this.#fold.width);
  }

  get stateBytes(): number {
    return this.#backs.byteLength;
  }

  #foldFront(key: number, head: number, boundary: number): void {
    const { width } = this.#fold;
    const { width: rowWidth } = this.#ring;
    const rows = this.#ring.rowsOf(key);
    const base = this.#ring.bases[key]!;
    const mask = this.#ring.masks[key]!;
    const scratch = this.#scratch;
    for (let row = boundary - 1; row >= head; row--) {
      const at = (base + (row & mask)) * rowWidth;
      const front = at + this.#fronts;
      const newer = (base + ((row + 1) & mask)) * rowWidth + this.#fronts;
      for (let i = 0; i < width; i++) {
        scratch[i] = 0;
        rows[front + i] = row + 1 < boundary ? rows[newer + i]! : 0;
      }
      this.#add(scratch, 0, rows, at);
      this.#prepend(scratch, 0, rows, front);
    }
  }

  /** Rows without all arguments are skipped. */
  #add(state: Float64Array, offset: number, rows: Float64Array, at: number): void {
    const x = this.#x === undefined ? 0 : rows[at + this.#x.offset]!;
    const y = this.#y === undefined ? 0 : rows[at + this.#y.offset]!;
    if (x === x && y === y) this.#fold.add(state, offset, rows[at]!, x, y);
  }

  #prepend(older: Float64Array, o: number, newer: Float64Array, n: number): void {
    if (older[o] === 0) return;
    if (newer[n] !== 0) this.#fold.prepend(older, o, newer, n);
    else for (let i = 0; i < this.#fold.width; i++) newer[n + i] = older[o + i]!;
  }
}
