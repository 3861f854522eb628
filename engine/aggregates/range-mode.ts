import type { Column } from '../batch.ts';
import { writeNull, writeValue } from '../state/column-writer.ts';
import { FrequencyRanking } from '../state/frequency-ranking.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

/** `mode`: each row knows the next one of the same value, so that a value's first occurrence is known when one leaves. */
export class RangeMode implements RangeAggregate {
  readonly bytesPerRow = 8 + 65 + 165; // if all differ: chain, newest, ranking; measured
  readonly bytesPerKey = 760; // two Maps and a heap of one, measured
  readonly #ring: RangeRing;
  readonly #input: RangeInput;
  readonly #chain: number; // where in a row the next row of the same value is kept
  readonly #newest: (Map<number | string, number> | undefined)[] = []; // by key: value → its newest row; bound: the values in range
  readonly #rankings: (FrequencyRanking | undefined)[] = []; // by key; bound: the values in range

  constructor(ring: RangeRing, input: RangeInput) {
    this.#ring = ring;
    this.#input = input;
    this.#chain = ring.widen(1);
  }

  follow(steps: RangeSteps, output: Column): void {
    if (steps.length === 0) return;
    for (let step = 0; step < steps.length; step++) {
      const key = steps.keys[step]!;
      const ranking = (this.#rankings[key] ??= new FrequencyRanking());
      for (let row = steps.leaves[step]!; row < steps.heads[step]!; row++) this.#remove(key, row, ranking);
      if (steps.takes[step] === 1) this.#add(key, steps.tails[step]! - 1, ranking);
      const { top } = ranking;
      if (top === undefined) writeNull(output, steps.entries[step]!);
      else writeValue(output, steps.entries[step]!, top);
    }
  }

  #add(key: number, row: number, ranking: FrequencyRanking): void {
    const value = this.#input.valueOf(key, row);
    if (value === null) return;
    const newest = (this.#newest[key] ??= new Map());
    const before = newest.get(value);
    if (before !== undefined) this.#ring.rows[this.#at(key, before)] = row;
    newest.set(value, row);
    ranking.add(value, row);
  }

  #remove(key: number, row: number, ranking: FrequencyRanking): void {
    const value = this.#input.valueOf(key, row);
    if (value === null) return;
    const newest = this.#newest[key]!;
    if (newest.get(value) === row) newest.delete(value);
    ranking.remove(value, this.#ring.rows[this.#at(key, row)]!);
  }

  #at(key: number, row: number): number {
    const { bases, masks, width } = this.#ring;
    return (bases[key]! + (row & masks[key]!)) * width + this.#chain;
  }
}
