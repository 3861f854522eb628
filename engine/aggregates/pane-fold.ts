import type { Column, FloatColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { writeNumber } from '../state/column-writer.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64 } from '../state/growable.ts';
import type { Fold } from './fold.ts';
import type { PaneAggregate, PaneBounds, PaneInput } from './pane-aggregate.ts';

/** Any fold over panes: its state, one slot after the other, in one array. */
export class PaneFold implements PaneAggregate {
  readonly bytesPerSlot: number;
  readonly bytesPerValue = 0;
  readonly #fold: Fold;
  readonly #x: number | undefined;
  readonly #y: number | undefined;
  #states = new Float64Array(0);

  constructor(fold: Fold, columns: readonly number[]) {
    this.#fold = fold;
    this.#x = columns[0];
    this.#y = columns[1];
    this.bytesPerSlot = fold.width * 8;
  }

  reserve(count: number): void {
    this.#states = growFloat64(this.#states, count * this.#fold.width);
  }

  reset(slot: number): void {
    this.#states.fill(0, slot * this.#fold.width, (slot + 1) * this.#fold.width);
  }

  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const fold = this.#fold;
    const states = this.#states;
    const { width } = fold;
    const x = this.#x === undefined ? undefined : (frame.columns[this.#x] as FloatColumn);
    const y = this.#y === undefined ? undefined : (frame.columns[this.#y] as FloatColumn);
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      const entry = entries === undefined ? j : entries[j]!;
      if (x?.valid !== undefined && x.valid[entry] === 0) continue;
      if (y?.valid !== undefined && y.valid[entry] === 0) continue;
      fold.add(states, slot * width, frame.timeUs[entry]!, x?.values[entry] ?? 0, y?.values[entry] ?? 0);
    }
  }

  write(slot: number, output: Column, row: number, { endUs }: PaneBounds): void {
    writeNumber(output, row, this.#fold.finish(this.#states, slot * this.#fold.width, endUs));
  }

  snapshot(slots: Uint32Array): Snapshot {
    return { states: gatherFloat64(this.#states, slots, this.#fold.width) };
  }

  restore(snapshot: Snapshot, slots: Int32Array): void {
    scatterFloat64(snapshot['states'] as Float64Array, slots, this.#states, this.#fold.width);
  }

  get stateBytes(): number {
    return this.#states.byteLength;
  }
}
