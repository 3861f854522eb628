import type { Column } from '../batch.ts';
import { writeNull, writeValue } from '../state/column-writer.ts';
import { growFloat64 } from '../state/growable.ts';
import type { RangeRing } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import { isNull, type RangeInput } from './range-input.ts';

/** `first` and `last`: a pointer per key to the row in question. */
export class RangeEdge implements RangeAggregate {
  readonly bytesPerRow = 0;
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
    const { bases, masks } = this.#ring;
    const { values, counts } = this.#input;
    const { entries, keys, takes, heads, tails } = steps;
    for (let step = 0; step < steps.length; step++) {
      const key = keys[step]!;
      const base = bases[key]!;
      const mask = masks[key]!;
      if (this.#kind === 'first') {
        let first = Math.max(edges[key]!, heads[step]!);
        while (first < tails[step]! && isNull(values[base + (first & mask)]!)) first++;
        edges[key] = first;
      } else if (takes[step] === 1 && !isNull(values[base + ((tails[step]! - 1) & mask)]!)) {
        edges[key] = tails[step]! - 1;
      }
      if (counts[step] === 0) writeNull(output, entries[step]!);
      else writeValue(output, entries[step]!, values[base + (edges[key]! & mask)]!);
    }
  }
}
