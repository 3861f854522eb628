import type { Column, FloatColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { writeNull } from '../state/column-writer.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64 } from '../state/growable.ts';
import { ValueSlots } from '../state/value-slots.ts';
import type { PaneAggregate, PaneInput } from './pane-aggregate.ts';

/** `argmax(x, y)` and `argmin(x, y)`: y, of any type and also null, of the first row at which x is greatest or least. */
export class PaneArgument implements PaneAggregate {
  readonly bytesPerSlot = 8 + ValueSlots.bytesPerSlot;
  readonly bytesPerValue = 0;
  readonly #sign: 1 | -1;
  readonly #x: number;
  readonly #y: number;
  /** sign · x; NaN: no value yet */
  #greatest = new Float64Array(0);
  readonly #arguments = new ValueSlots();

  constructor(kind: 'argmax' | 'argmin', x: number, y: number) {
    this.#sign = kind === 'argmax' ? 1 : -1;
    this.#x = x;
    this.#y = y;
  }

  reserve(count: number): void {
    this.#greatest = growFloat64(this.#greatest, count, Number.NaN);
    this.#arguments.reserve(count);
  }

  reset(slot: number): void {
    this.#greatest[slot] = Number.NaN;
    this.#arguments.clear(slot);
  }

  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const { values, valid } = frame.columns[this.#x] as FloatColumn;
    const y = frame.columns[this.#y]!;
    const greatest = this.#greatest;
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      const entry = entries === undefined ? j : entries[j]!;
      if (valid !== undefined && valid[entry] === 0) continue;
      const x = this.#sign * values[entry]!;
      if (x <= greatest[slot]!) continue; // false for NaN
      greatest[slot] = x;
      this.#arguments.set(slot, y, entry);
    }
  }

  write(slot: number, output: Column, row: number): void {
    if (Number.isNaN(this.#greatest[slot]!)) writeNull(output, row);
    else this.#arguments.write(slot, output, row);
  }

  snapshot(slots: Uint32Array): Snapshot {
    return { greatest: gatherFloat64(this.#greatest, slots), arguments: this.#arguments.snapshot(slots) };
  }

  restore(snapshot: Snapshot, slots: Int32Array): void {
    scatterFloat64(snapshot['greatest'] as Float64Array, slots, this.#greatest);
    this.#arguments.restore(snapshot['arguments'] as Snapshot, slots);
  }

  get stateBytes(): number {
    return this.#greatest.byteLength + this.#arguments.stateBytes;
  }
}
