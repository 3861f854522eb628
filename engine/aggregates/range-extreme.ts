import type { Column, FloatColumn } from '../batch.ts';
import { writeNull } from '../state/column-writer.ts';
import { growFloat64 } from '../state/growable.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

/** `min` (sign 1) and `max` (sign −1: the least of −x). */
export class RangeExtreme implements RangeAggregate {
  readonly bytesPerRow = 8;
  readonly bytesPerKey = 8;
  readonly #sign: 1 | -1;
  readonly #ring: RangeRing;
  readonly #input: RangeInput;
  readonly #fronts: number; // the least from this row to the front's end
  #backs = new Float64Array(0);

  constructor(sign: 1 | -1, ring: RangeRing, input: RangeInput) {
    this.#sign = sign;
    this.#ring = ring;
    this.#input = input;
    this.#fronts = ring.widen(1);
  }

  follow(steps: RangeSteps, output: Column): void {
    if (steps.length === 0) return;
    this.#backs = growFloat64(this.#backs, this.#ring.keyCount, Infinity);
    const backs = this.#backs;
    const sign = this.#sign;
    const { bases, masks, rows, width } = this.#ring;
    const fronts = this.#fronts;
    const { offset, counts } = this.#input;
    const { entries, keys, flips, takes, heads, boundaries, tails } = steps;
    const { values } = output as FloatColumn;
    // hot: benchmarks/throughput
    for (let step = 0; step < steps.length; step++) {
      const key = keys[step]!;
      const base = bases[key]!;
      const mask = masks[key]!;
      const head = heads[step]!;
      const boundary = boundaries[step]!;
      if (flips[step] === 1) {
        let least = Infinity;
        for (let row = boundary - 1; row >= head; row--) {
          const at = (base + (row & mask)) * width;
          const value = sign * rows[at + offset]!;
          if (value < least) least = value;
          rows[at + fronts] = least;
        }
        backs[key] = Infinity;
      }
      if (takes[step] === 1) {
        const value = sign * rows[(base + ((tails[step]! - 1) & mask)) * width + offset]!;
        if (value < backs[key]!) backs[key] = value;
      }
      const entry = entries[step]!;
      const front = head < boundary ? rows[(base + (head & mask)) * width + fronts]! : Infinity;
      if (counts[step] === 0) writeNull(output, entry);
      else values[entry] = sign * Math.min(front, backs[key]!);
    }
  }

  forget(key: number): void {
    this.#backs[key] = Infinity;
  }

  get stateBytes(): number {
    return this.#backs.byteLength;
  }
}
