import { createColumn } from '../batch.ts';
import type { Frame } from '../operator.ts';
import { copyValue, columnBytes, growColumn } from '../state/columns.ts';
import { growFloat64, growUint8 } from '../state/growable.ts';
import { boundFrame } from './bound-frame.ts';
import type { BoundValues } from './bound-values.ts';

/** Places that rows are put to: from number `since` on, each. */
export type BoundPlaces = { readonly places: Int32Array; readonly since: Float64Array; readonly length: number };

/** Which rows go to which places, until it is full. */
export class BoundPairs {
  length = 0;
  readonly entries = new Uint32Array(1_024);
  readonly slots = new Int32Array(1_024);

  get isFull(): boolean {
    return this.length === this.entries.length;
  }

  add(row: number, place: number): void {
    this.entries[this.length] = row;
    this.slots[this.length++] = place;
  }
}

/**
 * Rows that are bound to many partial matches alike and have not been put to each of them, with the columns that something is
 * kept of. A row is called by its number, which goes on growing while rows that nobody needs any more are let go of.
 */
export class BoundLog {
  readonly #values: BoundValues;
  readonly #pairs: BoundPairs; // empty between calls
  readonly #frame: Frame;
  #events = new Uint8Array(0); // that each row is bound to
  #firstAt = 0;

  constructor(values: BoundValues, pairs: BoundPairs) {
    this.#values = values;
    this.#pairs = pairs;
    this.#frame = boundFrame(new Float64Array(0), []);
  }

  get length(): number {
    return this.#frame.length;
  }

  /** The number of the next row. */
  get endAt(): number {
    return this.#firstAt + this.#frame.length;
  }

  append(event: number, from: Frame, row: number): void {
    const frame = this.#frame;
    const place = frame.length++;
    this.#events = growUint8(this.#events, place + 1);
    this.#events[place] = event;
    frame.timeUs = growFloat64(frame.timeUs, place + 1);
    frame.timeUs[place] = from.timeUs[row]!;
    for (const slot of this.#values.slotsOf(event)) {
      const column = from.columns[slot]!;
      const kept = (frame.columns[slot] ??= { ...createColumn(column.type, 0), valid: new Uint8Array(0) });
      growColumn(kept, place + 1);
      copyValue(column, row, kept, place);
    }
  }

  /** Each place gets its rows, from its own number on. */
  bindTo({ places, since, length }: BoundPlaces): void {
    const pairs = this.#pairs;
    const frame = this.#frame;
    const events = this.#events;
    for (let first = 0; first < frame.length; ) {
      const event = events[first]!;
      let end = first + 1;
      while (end < frame.length && events[end] === event) end++;
      for (let i = 0; i < length; i++) {
        const place = places[i]!;
        for (let row = Math.max(first, since[i]! - this.#firstAt); row < end; row++) {
          if (pairs.isFull) this.#bind(event);
          pairs.add(row, place);
        }
      }
      this.#bind(event);
      first = end;
    }
  }

  /** Nobody needs rows before number `at`. */
  letGo(at: number): void {
    const frame = this.#frame;
    const count = at - this.#firstAt;
    if (count === 0) return;
    this.#events.copyWithin(0, count, frame.length);
    frame.timeUs.copyWithin(0, count, frame.length);
    for (const column of frame.columns) {
      column?.values.copyWithin(0, count, frame.length);
      column?.valid!.copyWithin(0, count, frame.length);
    }
    frame.length -= count;
    this.#firstAt = at;
  }

  get bytes(): number {
    const columns = this.#frame.columns.reduce(
      (sum, column) => sum + (column === undefined ? 0 : columnBytes(column)),
      0,
    );
    return columns + this.#events.byteLength + this.#frame.timeUs.byteLength;
  }

  #bind(event: number): void {
    this.#values.bindAll(event, this.#frame, this.#pairs);
    this.#pairs.length = 0;
  }
}
