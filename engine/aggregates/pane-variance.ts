import type { Column, FloatColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { writeNull, writeNumber } from '../state/column-writer.ts';
import { gatherFloat64, gatherUint32, scatterFloat64, scatterUint32 } from '../state/gather.ts';
import { growFloat64, growUint32 } from '../state/growable.ts';
import type { PaneAggregate, PaneInput } from './pane-aggregate.ts';

/** Sample variance and standard deviation by Welford's update (Technometrics 4, 1962): stable beside a large offset. */
export class PaneVariance implements PaneAggregate {
  readonly bytesPerSlot = 20;
  readonly bytesPerValue = 0;
  readonly #kind: 'var' | 'stddev';
  readonly #column: number;
  #means = new Float64Array(0);
  #squares = new Float64Array(0);
  #counts = new Uint32Array(0);

  constructor(kind: 'var' | 'stddev', column: number) {
    this.#kind = kind;
    this.#column = column;
  }

  reserve(count: number): void {
    this.#means = growFloat64(this.#means, count);
    this.#squares = growFloat64(this.#squares, count);
    this.#counts = growUint32(this.#counts, count);
  }

  reset(slot: number): void {
    this.#means[slot] = 0;
    this.#squares[slot] = 0;
    this.#counts[slot] = 0;
  }

  // hot: benchmarks/throughput (Q2)
  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const { values, valid } = frame.columns[this.#column] as FloatColumn;
    const means = this.#means;
    const squares = this.#squares;
    const counts = this.#counts;
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      const entry = entries === undefined ? j : entries[j]!;
      if (valid !== undefined && valid[entry] === 0) continue;
      const value = values[entry]!;
      const count = counts[slot]! + 1;
      const before = value - means[slot]!;
      const mean = means[slot]! + before / count;
      squares[slot]! += before * (value - mean);
      means[slot] = mean;
      counts[slot] = count;
    }
  }

  write(slot: number, output: Column, row: number): void {
    const count = this.#counts[slot]!;
    if (count < 2) {
      writeNull(output, row);
      return;
    }
    const variance = this.#squares[slot]! / (count - 1);
    writeNumber(output, row, this.#kind === 'var' ? variance : Math.sqrt(variance));
  }

  snapshot(slots: Uint32Array): Snapshot {
    return {
      means: gatherFloat64(this.#means, slots),
      squares: gatherFloat64(this.#squares, slots),
      counts: gatherUint32(this.#counts, slots),
    };
  }

  restore(snapshot: Snapshot, slots: Int32Array): void {
    scatterFloat64(snapshot['means'] as Float64Array, slots, this.#means);
    scatterFloat64(snapshot['squares'] as Float64Array, slots, this.#squares);
    scatterUint32(snapshot['counts'] as Uint32Array, slots, this.#counts);
  }

  get stateBytes(): number {
    return this.#means.byteLength + this.#squares.byteLength + this.#counts.byteLength;
  }
}
