import type { Column } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { writeNumber } from '../state/column-writer.ts';
import { gatherUint32, scatterUint32 } from '../state/gather.ts';
import { growUint32 } from '../state/growable.ts';
import type { PaneAggregate, PaneInput } from './pane-aggregate.ts';

/** `count()` of rows, `count(x)` of values. */
export class PaneCount implements PaneAggregate {
  readonly bytesPerSlot = 4;
  readonly bytesPerValue = 0;
  readonly #column: number | undefined;
  #counts = new Uint32Array(0);

  constructor(column: number | undefined) {
    this.#column = column;
  }

  reserve(count: number): void {
    this.#counts = growUint32(this.#counts, count);
  }

  reset(slot: number): void {
    this.#counts[slot] = 0;
  }

  // hot: benchmarks/throughput (Q2)
  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const counts = this.#counts;
    const valid = this.#column === undefined ? undefined : frame.columns[this.#column]!.valid;
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      if (valid !== undefined && valid[entries === undefined ? j : entries[j]!] === 0) continue;
      counts[slot]!++;
    }
  }

  write(slot: number, output: Column, row: number): void {
    writeNumber(output, row, this.#counts[slot]!);
  }

  snapshot(slots: Uint32Array): Snapshot {
    return { counts: gatherUint32(this.#counts, slots) };
  }

  restore(snapshot: Snapshot, slots: Int32Array): void {
    scatterUint32(snapshot['counts'] as Uint32Array, slots, this.#counts);
  }

  get stateBytes(): number {
    return this.#counts.byteLength;
  }
}
