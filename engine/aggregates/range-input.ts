import { assert } from '../errors.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { growUint32 } from '../state/growable.ts';
import type { NumberChannel, RangeRing, TextChannel } from '../state/range-ring.ts';
import type { RangeSteps } from '../state/range-steps.ts';

/**
 * The values of one argument over the rows in range, shared by all aggregates of it. Whether they are text shows with the
 * first row, as a view does not tell types.
 */
export class RangeInput {
  /** By step: how many of the rows in range have a value. */
  counts = new Uint32Array(0);
  readonly #column: number;
  readonly #ring: RangeRing;
  #numbers: NumberChannel | undefined;
  #texts: TextChannel | undefined;
  #nulls = new Uint32Array(0); // by key, in range

  constructor(column: number, ring: RangeRing) {
    this.#column = column;
    this.#ring = ring;
  }

  /** Of numbers, bools, ids …; NaN where null. */
  get numbers(): Float64Array {
    assert(this.#numbers !== undefined, 'an argument of this aggregate is a number');
    return this.#numbers.values;
  }

  /** Of any type; NaN or null where null. */
  get values(): Float64Array | (string | null)[] {
    return this.#texts?.values ?? this.numbers;
  }

  /** Writes the values of the rows that come in. */
  take(steps: RangeSteps, frame: Frame): void {
    if (steps.length === 0) return;
    const column = frame.columns[this.#column]!;
    this.#choose(column.type === 'string');
    const { bases, masks } = this.#ring;
    const to = this.values;
    const missing = column.type === 'string' ? null : Number.NaN;
    const { entries, keys, takes, tails } = steps;
    const { values, valid } = column;
    // hot: benchmarks/throughput (Q3)
    for (let step = 0; step < steps.length; step++) {
      if (takes[step] === 0) continue;
      const entry = entries[step]!;
      const key = keys[step]!;
      const at = bases[key]! + ((tails[step]! - 1) & masks[key]!);
      to[at] = valid !== undefined && valid[entry] === 0 ? missing : values[entry]!;
    }
  }

  /** Counts the values in range at each step. */
  count(steps: RangeSteps): void {
    this.counts = growUint32(this.counts, steps.length);
    this.#nulls = growUint32(this.#nulls, this.#ring.keyCount);
    if (steps.length === 0) return;
    const { bases, masks } = this.#ring;
    const { keys, takes, leaves, heads, tails } = steps;
    const { counts } = this;
    const { values } = this;
    const nulls = this.#nulls;
    // hot: benchmarks/throughput (Q3)
    for (let step = 0; step < steps.length; step++) {
      const key = keys[step]!;
      const base = bases[key]!;
      const mask = masks[key]!;
      const head = heads[step]!;
      const tail = tails[step]!;
      if (nulls[key] !== 0) {
        for (let row = leaves[step]!; row < head; row++) if (isNull(values[base + (row & mask)]!)) nulls[key]!--;
      }
      if (takes[step] === 1 && isNull(values[base + ((tail - 1) & mask)]!)) nulls[key]!++;
      counts[step] = tail - head - nulls[key]!;
    }
  }

  snapshot(): Snapshot {
    return {
      numbers: this.#numbers === undefined ? null : this.#ring.copyNumbers(this.#numbers),
      texts: this.#texts === undefined ? null : this.#ring.copyTexts(this.#texts),
    };
  }

  /** The ring is restored before. */
  restore(snapshot: Snapshot): void {
    const numbers = snapshot['numbers'] as Float64Array | null;
    const texts = snapshot['texts'] as readonly (string | null)[] | null;
    if (numbers === null && texts === null) return;
    this.#choose(texts !== null);
    if (numbers !== null) this.#ring.fillNumbers(this.#numbers!, numbers);
    if (texts !== null) this.#ring.fillTexts(this.#texts!, texts);
  }

  #choose(isText: boolean): void {
    if (isText) this.#texts ??= this.#ring.addTexts();
    else this.#numbers ??= this.#ring.addNumbers(1);
  }
}

export function isNull(value: number | string | null): boolean {
  return value === null || Number.isNaN(value);
}
