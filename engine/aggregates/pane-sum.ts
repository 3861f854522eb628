import type { Column, FloatColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { writeNull, writeNumber } from '../state/column-writer.ts';
import { gatherFloat64, gatherUint32, scatterFloat64, scatterUint32 } from '../state/gather.ts';
import { growFloat64, growUint32 } from '../state/growable.ts';
import type { PaneAggregate, PaneInput } from './pane-aggregate.ts';

/** Kahan–Babuška (Neumaier) sums: the exact rounding error of each addition (Knuth's TwoSum) is summed beside them. */
export class PaneSum implements PaneAggregate {
  readonly bytesPerSlot = 20;
  readonly bytesPerValue = 0;
  readonly #kind: 'sum' | 'avg';
  readonly #column: number;
  #sums = new Float64Array(0);
  #errors = new Float64Array(0);
  #counts = new Uint32Array(0);

  constructor(kind: 'sum' | 'avg', column: number) {
    this.#kind = kind;
    this.#column = column;
  }

  reserve(count: number): void {
    this.#sums = growFloat64(this.#sums, count);
    this.#errors = growFloat64(this.#errors, count);
    this.#counts = growUint32(this.#counts, count);
  }

  reset(slot: number): void {
    this.#sums[slot] = 0;
    this.#errors[slot] = 0;
    this.#counts[slot] = 0;
  }

  // hot: benchmarks/throughput (Q2)
  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const { values, valid } = frame.columns[this.#column] as FloatColumn;
    const sums = this.#sums;
    const errors = this.#errors;
    const counts = this.#counts;
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      const entry = entries === undefined ? j : entries[j]!;
      if (valid !== undefined && valid[entry] === 0) continue;
      const value = values[entry]!;
      const sum = sums[slot]!;
      const total = sum + value;
      const added = total - sum;
      errors[slot]! += sum - (total - added) + (value - added);
      sums[slot] = total;
      counts[slot]!++;
    }
  }

  write(slot: number, output: Column, row: number): void {
    const count = this.#counts[slot]!;
    if (count === 0) {
      writeNull(output, row);
      return;
    }
    const sum = this.#sums[slot]! + this.#errors[slot]!;
    writeNumber(output, row, this.#kind === 'sum' ? sum : sum / count);
  }

  snapshot(slots: Uint32Array): Snapshot {
    return {
      sums: gatherFloat64(this.#sums, slots),
      errors: gatherFloat64(this.#errors, slots),
      counts: gatherUint32(this.#counts, slots),
    };
  }

  restore(snapshot: Snapshot, slots: Int32Array): void {
    scatterFloat64(snapshot['sums'] as Float64Array, slots, this.#sums);
    scatterFloat64(snapshot['errors'] as Float64Array, slots, this.#errors);
    scatterUint32(snapshot['counts'] as Uint32Array, slots, this.#counts);
  }

  get stateBytes(): number {
    return this.#sums.byteLength + this.#errors.byteLength + this.#counts.byteLength;
  }
}
