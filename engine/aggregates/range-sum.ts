import type { Column, FloatColumn } from '../batch.ts';
import { writeNull } from '../state/column-writer.ts';
import { growFloat64 } from '../state/growable.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

/** `sum` and `avg`: compensated sums (as PaneSum) of the front's ends and of the back. */
export class RangeSum implements RangeAggregate {
  readonly bytesPerRow = 8;
  readonly bytesPerKey = 16;
  readonly #kind: 'sum' | 'avg';
  readonly #ring: RangeRing;
  readonly #input: RangeInput;
  readonly #fronts: number; // the sum from this row to the front's end
  #sums = new Float64Array(0); // of the back
  #errors = new Float64Array(0);

  constructor(kind: 'sum' | 'avg', ring: RangeRing, input: RangeInput) {
    this.#kind = kind;
    this.#ring = ring;
    this.#input = input;
    this.#fronts = ring.widen(1);
  }

  follow(steps: RangeSteps, output: Column): void {
    if (steps.length === 0) return;
    this.#sums = growFloat64(this.#sums, this.#ring.keyCount);
    this.#errors = growFloat64(this.#errors, this.#ring.keyCount);
    const sums = this.#sums;
    const errors = this.#errors;
    const { bases, masks, rows, width } = this.#ring;
    const fronts = this.#fronts;
    const { offset, counts } = this.#input;
    const { entries, keys, flips, takes, heads, boundaries, tails } = steps;
    const { values } = output as FloatColumn;
    const isSum = this.#kind === 'sum';
    // hot: benchmarks/throughput (Q3)
    for (let step = 0; step < steps.length; step++) {
      const key = keys[step]!;
      const base = bases[key]!;
      const mask = masks[key]!;
      const head = heads[step]!;
      const boundary = boundaries[step]!;
      if (flips[step] === 1) {
        this.#sumUp(key, head, boundary);
        sums[key] = 0;
        errors[key] = 0;
      }
      if (takes[step] === 1) {
        const value = rows[(base + ((tails[step]! - 1) & mask)) * width + offset]!;
        if (value === value) {
          const sum = sums[key]!;
          const total = sum + value;
          const added = total - sum;
          errors[key]! += sum - (total - added) + (value - added);
          sums[key] = total;
        }
      }
      const entry = entries[step]!;
      const front = head < boundary ? rows[(base + (head & mask)) * width + fronts]! : 0;
      const sum = front + sums[key]! + errors[key]!;
      const value = isSum ? sum : sum / counts[step]!;
      if (counts[step] === 0 || value - value !== 0)
        writeNull(output, entry); // not finite: ∞ − ∞ is NaN
      else values[entry] = value; // valid, as the operator made it
    }
  }

  forget(key: number): void {
    this.#sums[key] = 0;
    this.#errors[key] = 0;
  }

  get stateBytes(): number {
    return this.#sums.byteLength + this.#errors.byteLength;
  }

  #sumUp(key: number, head: number, boundary: number): void {
    const { rows, width } = this.#ring;
    const { offset } = this.#input;
    const fronts = this.#fronts;
    const base = this.#ring.bases[key]!;
    const mask = this.#ring.masks[key]!;
    let sum = 0;
    let error = 0;
    for (let row = boundary - 1; row >= head; row--) {
      const at = (base + (row & mask)) * width;
      const value = rows[at + offset]!;
      if (value === value) {
        const total = sum + value;
        const added = total - sum;
        error += sum - (total - added) + (value - added);
        sum = total;
      }
      rows[at + fronts] = sum + error;
    }
  }
}
