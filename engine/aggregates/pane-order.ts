import type { Column, FloatColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { writeNull, writeNumber } from '../state/column-writer.ts';
import { growFloat64, growUint32 } from '../state/growable.ts';
import type { PaneAggregate, PaneInput } from './pane-aggregate.ts';
import { quantile } from './quantile.ts';

const EMPTY = new Float64Array(0);

/** `median` and `percentile(x, q)`: exact, over the values of the open pane, all of which are kept; sorted when read. */
export class PaneOrder implements PaneAggregate {
  readonly bytesPerSlot = 12;
  readonly bytesPerValue = 16; // arrays double
  readonly #q: number;
  readonly #column: number;
  #counts = new Uint32Array(0);
  readonly #kept: Float64Array[] = []; // bound: the pane's values; let go at reset

  constructor(q: number, column: number) {
    this.#q = q;
    this.#column = column;
  }

  reserve(count: number): void {
    this.#counts = growUint32(this.#counts, count);
    while (this.#kept.length < count) this.#kept.push(EMPTY);
  }

  reset(slot: number): void {
    this.#counts[slot] = 0;
    this.#kept[slot] = EMPTY;
  }

  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const { values, valid } = frame.columns[this.#column] as FloatColumn;
    const counts = this.#counts;
    const kept = this.#kept;
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      const entry = entries === undefined ? j : entries[j]!;
      if (valid !== undefined && valid[entry] === 0) continue;
      const count = counts[slot]!;
      if (count === kept[slot]!.length) kept[slot] = growFloat64(kept[slot]!, count + 1);
      kept[slot]![count] = values[entry]!;
      counts[slot] = count + 1;
    }
  }

  write(slot: number, output: Column, row: number): void {
    const sorted = this.#kept[slot]!.subarray(0, this.#counts[slot]!).sort(); // in place: their order means nothing
    if (sorted.length === 0) writeNull(output, row);
    else
      writeNumber(
        output,
        row,
        quantile(sorted.length, this.#q, index => sorted[index]!),
      );
  }

  snapshot(): Snapshot {
    return { kept: this.#kept.map((values, slot) => values.slice(0, this.#counts[slot])) };
  }

  restore(snapshot: Snapshot): void {
    const kept = snapshot['kept'] as readonly Float64Array[];
    this.reserve(kept.length);
    for (let slot = 0; slot < kept.length; slot++) {
      this.#kept[slot] = kept[slot]!.slice();
      this.#counts[slot] = kept[slot]!.length;
    }
  }
}
