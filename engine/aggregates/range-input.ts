import type { StringColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { growUint32 } from '../state/growable.ts';
import type { RangeRing, TextChannel } from '../state/range-ring.ts';
import { copyNumbers, copyTexts, fillNumbers, fillTexts, type SavedRows } from '../state/range-rows.ts';
import type { RangeSteps } from '../state/range-steps.ts';

/**
 * The values of one argument over the rows in range, shared by all aggregates of it: at `offset` of the ring's rows, NaN
 * where null. Text lies beside the ring instead; whether it is text shows with the first row, as a view does not tell
 * types.
 */
export class RangeInput {
  readonly offset: number;
  /** By step: how many of the rows in range have a value. */
  counts = new Uint32Array(0);
  /** The frame's slot. */
  readonly column: number;
  readonly #ring: RangeRing;
  #texts: TextChannel | undefined;
  #nulls = new Uint32Array(0); // by key, in range
  #mayBeNull = true; // of the rows that come in with these steps

  constructor(column: number, ring: RangeRing) {
    this.column = column;
    this.#ring = ring;
    this.offset = ring.widen(1);
  }

  /** A value of any type, for aggregates that take all types. */
  valueOf(key: number, row: number): number | string | null {
    if (this.#texts !== undefined) return this.#ring.textOf(key, row, this.#texts);
    const value = this.#ring.numberOf(key, row, this.offset);
    return Number.isNaN(value) ? null : value;
  }

  /** Writes the values of the rows that come in; of text only whether it is null. */
  take(steps: RangeSteps, frame: Frame): void {
    if (steps.length === 0) return;
    const column = frame.columns[this.column]!;
    if (column.type === 'string') this.#takeTexts(steps, column);
    const { bases, masks, width } = this.#ring;
    const { offset } = this;
    const { entries, keys, takes, tails } = steps;
    const { valid } = column;
    this.#mayBeNull = valid !== undefined;
    const values = column.type === 'string' ? new Uint8Array(frame.length) : column.values;
    // hot: benchmarks/throughput (Q3)
    for (let step = 0; step < steps.length; step++) {
      if (takes[step] === 0) continue;
      const entry = entries[step]!;
      const key = keys[step]!;
      const at = (bases[key]! + ((tails[step]! - 1) & masks[key]!)) * width + offset;
      this.#ring.rowsOf(key)[at] = valid !== undefined && valid[entry] === 0 ? Number.NaN : values[entry]!;
    }
  }

  /** Counts the values in range at each step. */
  count(steps: RangeSteps): void {
    this.counts = growUint32(this.counts, steps.length);
    this.#nulls = growUint32(this.#nulls, this.#ring.keyCount);
    const { bases, masks, width } = this.#ring;
    const { offset, counts } = this;
    const { keys, takes, leaves, heads, tails } = steps;
    const nulls = this.#nulls;
    // hot: benchmarks/throughput (Q3)
    for (let step = 0; step < steps.length; step++) {
      const key = keys[step]!;
      const base = bases[key]!;
      const mask = masks[key]!;
      const rows = this.#ring.rowsOf(key);
      const head = heads[step]!;
      const tail = tails[step]!;
      if (nulls[key] !== 0) {
        for (let row = leaves[step]!; row < head; row++) {
          const value = rows[(base + (row & mask)) * width + offset]!;
          if (value !== value) nulls[key]!--;
        }
      }
      if (this.#mayBeNull && takes[step] === 1) {
        const value = rows[(base + ((tail - 1) & mask)) * width + offset]!;
        if (value !== value) nulls[key]!++;
      }
      counts[step] = tail - head - nulls[key]!;
    }
  }

  /** Of all rows in range, key by key. */
  snapshot(keyIds: Uint32Array): Snapshot {
    return {
      numbers: copyNumbers(this.#ring, this.offset, keyIds),
      texts: this.#texts === undefined ? [] : copyTexts(this.#ring, this.#texts, keyIds),
    };
  }

  /** The ring is restored before. */
  restore(snapshot: Snapshot, saved: SavedRows): void {
    fillNumbers(this.#ring, this.offset, snapshot['numbers'] as Float64Array, saved);
    const texts = snapshot['texts'] as readonly (string | null)[];
    if (texts.length > 0) fillTexts(this.#ring, (this.#texts ??= this.#ring.addTexts()), texts, saved);
  }

  forget(key: number): void {
    this.#nulls[key] = 0;
  }

  get stateBytes(): number {
    return this.#nulls.byteLength;
  }

  #takeTexts(steps: RangeSteps, { values, valid }: StringColumn): void {
    this.#texts ??= this.#ring.addTexts();
    for (let step = 0; step < steps.length; step++) {
      if (steps.takes[step] === 0) continue;
      const entry = steps.entries[step]!;
      const key = steps.keys[step]!;
      const text = valid !== undefined && valid[entry] === 0 ? null : values[entry]!;
      this.#ring.setText(key, steps.tails[step]! - 1, { channel: this.#texts, text });
    }
  }
}
