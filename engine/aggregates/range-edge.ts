import type { Column } from '../batch.ts';
import { writeNull, writeValue } from '../state/column-writer.ts';
import { growFloat64 } from '../state/growable.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

/** `first` and `last`: a pointer per key to the row in question. */
export class RangeEdge implements RangeAggregate {
  readonly bytesPerRow = 0;
  readonly bytesPerKey = 8;
  readonly #kind: 'first' | 'last';
  readonly #ring: RangeRing;
  readonly #input: RangeInput;
  #edges = new Float64Array(0); // where there is no value in range, any row

  constructor(kind: 'first' | 'last', ring: RangeRing, input: RangeInput) {
    this.#kind = kind;
    this.#ring = ring;
    this.#input = input;
  }

  follow(steps: RangeSteps, output: Column): void {
    if (steps.length === 0) return;
    this.#edges = growFloat64(this.#edges, this.#ring.keyCount);
    const edges = this.#edges;
    const input = this.#input;
    const { entries, keys, takes, heads, tails } = steps;
    for (let step = 0; step < steps.length; step++) {
      const key = keys[step]!;
      if (this.#kind === 'first') {
        let first = Math.max(edges[key]!, heads[step]!);
        while (first < tails[step]! && input.valueOf(key, first) === null) first++;
        edges[key] = first;
      } else if (takes[step] === 1 && input.valueOf(key, tails[step]! - 1) !== null) {
        edges[key] = tails[step]! - 1;
      }
      const value = input.counts[step] === 0 ? null : input.valueOf(key, edges[key]!);
      if (value === null) writeNull(output, entries[step]!);
      else writeValue(output, entries[step]!, value);
    }
  }

  forget(key: number): void {
    this.#edges[key] = 0;
  }

  get stateBytes(): number {
    return this.#edges.byteLength;
  }
}
