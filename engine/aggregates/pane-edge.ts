import type { Column } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { ValueSlots } from '../state/value-slots.ts';
import type { PaneAggregate, PaneInput } from './pane-aggregate.ts';

/** `first` and `last`: the value handled first or last that is not null, of any type. */
export class PaneEdge implements PaneAggregate {
  readonly bytesPerSlot = ValueSlots.bytesPerSlot;
  readonly bytesPerValue = 0;
  readonly #kind: 'first' | 'last';
  readonly #column: number;
  readonly #edges = new ValueSlots();

  constructor(kind: 'first' | 'last', column: number) {
    this.#kind = kind;
    this.#column = column;
  }

  reserve(count: number): void {
    this.#edges.reserve(count);
  }

  reset(slot: number): void {
    this.#edges.clear(slot);
  }

  accumulate({ length, entries, slots }: PaneInput, frame: Frame): void {
    const column = frame.columns[this.#column]!;
    const { valid } = column;
    const edges = this.#edges;
    const isLast = this.#kind === 'last';
    for (let j = 0; j < length; j++) {
      const slot = slots[j]!;
      if (slot < 0) continue;
      const entry = entries === undefined ? j : entries[j]!;
      if (valid !== undefined && valid[entry] === 0) continue;
      if (isLast || edges.isNull(slot)) edges.set(slot, column, entry);
    }
  }

  write(slot: number, output: Column, row: number): void {
    this.#edges.write(slot, output, row);
  }

  snapshot(slots: Uint32Array): Snapshot {
    return this.#edges.snapshot(slots);
  }

  restore(snapshot: Snapshot, slots: Int32Array): void {
    this.#edges.restore(snapshot, slots);
  }

  get stateBytes(): number {
    return this.#edges.stateBytes;
  }
}
