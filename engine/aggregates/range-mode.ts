import type { Column } from '../batch.ts';
import { writeNull, writeValue } from '../state/column-writer.ts';
import { FrequencyRanking } from '../state/frequency-ranking.ts';
import { ObjectPerKey } from '../state/object-per-key.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

const BYTES_PER_VALUE = 65 + 165; // in `newest` and in the ranking, measured

/** `mode`: each row knows the next one of the same value, so that a value's first occurrence is known when one leaves. */
export class RangeMode implements RangeAggregate {
  readonly bytesPerRow = 8 + BYTES_PER_VALUE; // if all differ; the chain lies in the ring
  readonly bytesPerKey = 760; // two Maps and a heap of one, measured
  readonly #ring: RangeRing;
  readonly #input: RangeInput;
  readonly #chain: number; // where in a row the next row of the same value is kept
  readonly #occurrences = new ObjectPerKey(() => new Occurrences()); // bound: the values in range

  constructor(ring: RangeRing, input: RangeInput) {
    this.#ring = ring;
    this.#input = input;
    this.#chain = ring.widen(1);
  }

  follow(steps: RangeSteps, output: Column): void {
    if (steps.length === 0) return;
    for (let step = 0; step < steps.length; step++) {
      const key = steps.keys[step]!;
      const occurrences = this.#occurrences.of(key);
      const before = occurrences.size;
      for (let row = steps.leaves[step]!; row < steps.heads[step]!; row++) this.#remove(key, row, occurrences);
      if (steps.takes[step] === 1) this.#add(key, steps.tails[step]! - 1, occurrences);
      this.#occurrences.entryCount += occurrences.size - before;
      const { top } = occurrences.ranking;
      if (top === undefined) writeNull(output, steps.entries[step]!);
      else writeValue(output, steps.entries[step]!, top);
    }
  }

  forget(key: number): void {
    this.#occurrences.forget(key);
  }

  get stateBytes(): number {
    return this.#occurrences.objectCount * this.bytesPerKey + this.#occurrences.entryCount * BYTES_PER_VALUE;
  }

  #add(key: number, row: number, { newest, ranking }: Occurrences): void {
    const value = this.#input.valueOf(key, row);
    if (value === null) return;
    const before = newest.get(value);
    if (before !== undefined) this.#ring.change(key, before, { offset: this.#chain, value: row });
    newest.set(value, row);
    ranking.add(value, row);
  }

  #remove(key: number, row: number, { newest, ranking }: Occurrences): void {
    const value = this.#input.valueOf(key, row);
    if (value === null) return;
    if (newest.get(value) === row) newest.delete(value);
    ranking.remove(value, this.#ring.numberOf(key, row, this.#chain));
  }
}

/** The different values in range of one key. */
class Occurrences {
  readonly newest = new Map<number | string, number>(); // value → its newest row
  readonly ranking = new FrequencyRanking();

  get size(): number {
    return this.newest.size;
  }
}
