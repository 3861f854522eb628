import type { Column } from '../batch.ts';
import { writeNumber } from '../state/column-writer.ts';
import { ObjectPerKey } from '../state/object-per-key.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

/** `distinct`: how often each different value is in range, and how many there are. */
export class RangeDistinct implements RangeAggregate {
  readonly bytesPerRow = 65; // if all differ: a Map's entry of a float, measured
  readonly bytesPerKey = 200; // a Map of one, measured
  readonly #input: RangeInput;
  readonly #counts = new ObjectPerKey(() => new Map<number | string | null, number>()); // bound: the values in range

  constructor(input: RangeInput) {
    this.#input = input;
  }

  follow(steps: RangeSteps, output: Column): void {
    if (steps.length === 0) return;
    for (let step = 0; step < steps.length; step++) {
      const key = steps.keys[step]!;
      const counts = this.#counts.of(key);
      const before = counts.size;
      for (let row = steps.leaves[step]!; row < steps.heads[step]!; row++) {
        const value = this.#input.valueOf(key, row);
        const count = counts.get(value);
        if (count === 1) counts.delete(value);
        else if (count !== undefined) counts.set(value, count - 1);
      }
      if (steps.takes[step] === 1) {
        const value = this.#input.valueOf(key, steps.tails[step]! - 1);
        if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      this.#counts.entryCount += counts.size - before;
      writeNumber(output, steps.entries[step]!, counts.size);
    }
  }

  forget(key: number): void {
    this.#counts.forget(key);
  }

  get stateBytes(): number {
    return this.#counts.objectCount * this.bytesPerKey + this.#counts.entryCount * this.bytesPerRow;
  }
}
