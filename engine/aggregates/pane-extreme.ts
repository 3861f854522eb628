import type { Column, FloatColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { writeNumber } from '../state/column-writer.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64 } from '../state/growable.ts';
import type { PaneAggregate, PaneInput } from './pane-aggregate.ts';

/** `min` and `max`. A slot without values holds an infinity, which no value can be. */
export class PaneExtreme implements PaneAggregate {
  readonly bytesPerSlot = 8;
  readonly bytesPerValue = 0;
  readonly #kind: 'min' | 'max';
  readonly #column: number;
  #extremes = new Float64Array(0);

  constructor(kind: 'min' | 'max', column: number) {
    this.#kind = kind;
    this.#column = column;
  }

  reserve(count: number): void {
    this.#extremes = growFloat64(this.#extremes, count, this.#empty);
  }

  reset(slot: number): void {
    this.#extremes[slot] = this.#empty;
  }

  accumulate(input: PaneInput, frame: Frame): void {
    const column = frame.columns[this.#column] as FloatColumn;
    if (this.#kind === 'min') accumulateMin(this.#extremes, input, column);
    else accumulateMax(this.#extremes, input, column);
  }

  write(slot: number, output: Column, row: number): void {
    writeNumber(output, row, this.#extremes[slot]!);
  }

  snapshot(slots: Uint32Array): Snapshot {
    return { extremes: gatherFloat64(this.#extremes, slots) };
  }

  restore(snapshot: Snapshot, slots: Int32Array): void {
    scatterFloat64(snapshot['extremes'] as Float64Array, slots, this.#extremes);
  }

  get stateBytes(): number {
    return this.#extremes.byteLength;
  }

  get #empty(): number {
    return this.#kind === 'min' ? Infinity : -Infinity;
  }
}

// hot: benchmarks/throughput (Q2)
function accumulateMin(extremes: Float64Array, { length, entries, slots }: PaneInput, column: FloatColumn): void {
  const { values, valid } = column;
  for (let j = 0; j < length; j++) {
    const slot = slots[j]!;
    if (slot < 0) continue;
    const entry = entries === undefined ? j : entries[j]!;
    if (valid !== undefined && valid[entry] === 0) continue;
    const value = values[entry]!;
    if (value < extremes[slot]!) extremes[slot] = value;
  }
}

// hot: benchmarks/throughput (Q2)
function accumulateMax(extremes: Float64Array, { length, entries, slots }: PaneInput, column: FloatColumn): void {
  const { values, valid } = column;
  for (let j = 0; j < length; j++) {
    const slot = slots[j]!;
    if (slot < 0) continue;
    const entry = entries === undefined ? j : entries[j]!;
    if (valid !== undefined && valid[entry] === 0) continue;
    const value = values[entry]!;
    if (value > extremes[slot]!) extremes[slot] = value;
  }
}
