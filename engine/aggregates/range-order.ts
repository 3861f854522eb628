import type { Column } from '../batch.ts';
import { writeNull, writeNumber } from '../state/column-writer.ts';
import { ObjectPerKey } from '../state/object-per-key.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import { SortedValues } from '../state/sorted-values.ts';
import { quantile } from './quantile.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

/** `median` and `percentile(x, q)`: exact, over the values in range kept sorted. */
export class RangeOrder implements RangeAggregate {
  readonly bytesPerRow = 16;
  readonly bytesPerKey = 730; // the list of one, measured
  readonly #q: number;
  readonly #ring: RangeRing;
  readonly #input: RangeInput;
  readonly #sorted = new ObjectPerKey(() => new SortedValues()); // bound: the values in range

  constructor(q: number, ring: RangeRing, input: RangeInput) {
    this.#q = q;
    this.#ring = ring;
    this.#input = input;
  }

  follow(steps: RangeSteps, output: Column): void {
    if (steps.length === 0) return;
    const { width } = this.#ring;
    const { offset } = this.#input;
    for (let step = 0; step < steps.length; step++) {
      const key = steps.keys[step]!;
      const base = this.#ring.bases[key]!;
      const mask = this.#ring.masks[key]!;
      const rows = this.#ring.rowsOf(key);
      const sorted = this.#sorted.of(key);
      const before = sorted.size;
      for (let row = steps.leaves[step]!; row < steps.heads[step]!; row++) {
        const value = rows[(base + (row & mask)) * width + offset]!;
        if (value === value) sorted.remove(value);
      }
      if (steps.takes[step] === 1) {
        const value = rows[(base + ((steps.tails[step]! - 1) & mask)) * width + offset]!;
        if (value === value) sorted.insert(value);
      }
      this.#sorted.entryCount += sorted.size - before;
      if (sorted.size === 0) writeNull(output, steps.entries[step]!);
      else
        writeNumber(
          output,
          steps.entries[step]!,
          quantile(sorted.size, this.#q, index => sorted.at(index)),
        );
    }
  }

  forget(key: number): void {
    this.#sorted.forget(key);
  }

  get stateBytes(): number {
    return this.#sorted.objectCount * this.bytesPerKey + this.#sorted.entryCount * this.bytesPerRow;
  }
}
