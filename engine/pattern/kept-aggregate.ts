import type { BoundValue } from '../../dsl/plan.ts';
import type { PaneAggregates, PaneInput, PaneState, PaneValue } from '../aggregates/pane-aggregate.ts';
import { type Column, createColumn } from '../batch.ts';
import type { Frame, Snapshot } from '../operator.ts';
import { columnBytes, growColumn } from '../state/columns.ts';
import type { KeptValue } from './bound-values.ts';

const NO_BOUNDS = { startUs: 0, endUs: 0 };

/** An aggregate over the rows that are bound. Its column holds it once it is settled, or always where conditions read it. */
export class KeptAggregate implements KeptValue {
  readonly column: Column;
  readonly #state: PaneState;
  readonly #value: PaneValue;
  readonly #isRead: boolean;
  readonly #one = new Uint32Array(1);
  readonly #other = new Int32Array(1);

  constructor({ type }: Pick<BoundValue, 'type'>, { states, values }: PaneAggregates, isRead: boolean) {
    this.column = createColumn(type, 0);
    this.column.valid = new Uint8Array(0);
    this.#state = states[0]!;
    this.#value = values[0]!;
    this.#isRead = isRead;
  }

  get bytesPerPlace(): number {
    return 9 + this.#state.bytesPerSlot;
  }

  reserve(places: number): void {
    growColumn(this.column, places);
    this.#state.reserve(places);
  }

  clear(place: number): void {
    this.#state.reset(place);
    this.settle(place);
  }

  bind(rows: PaneInput, frame: Frame): void {
    this.#state.accumulate(rows, frame);
    if (!this.#isRead) return;
    const { length, slots } = rows;
    for (let j = 0; j < length; j++) if (slots[j] !== slots[j + 1] || j + 1 === length) this.settle(slots[j]!);
  }

  settle(place: number): void {
    this.#value.write(place, this.column, place, NO_BOUNDS);
  }

  copy(from: number, to: number): void {
    this.#one[0] = from;
    this.#other[0] = to;
    this.#value.restore(this.#value.snapshot(this.#one), this.#other);
    this.settle(to);
  }

  snapshot(places: Uint32Array): Snapshot {
    return this.#value.snapshot(places);
  }

  restore(snapshot: Snapshot, places: Int32Array): void {
    this.#value.restore(snapshot, places);
    for (const place of places) if (place >= 0) this.settle(place);
  }

  get stateBytes(): number {
    return columnBytes(this.column) + this.#state.stateBytes;
  }
}
