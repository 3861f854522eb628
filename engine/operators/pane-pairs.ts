import type { Frame } from '../operator.ts';
import { growInt32, growUint32 } from '../state/growable.ts';
import type { PaneRows } from './pane-rows.ts';

/** So many (entry, pane) pairs are handed to the aggregates at a time. */
const PAIRS_AT_ONCE = 65_536;

/** Entries of a frame, each with the slot of a pane that it lies in, of windows whose panes overlap. */
export class PanePairs {
  readonly #panes: PaneRows;
  #entries = new Uint32Array(0);
  #slots = new Int32Array(0);
  #count = 0;

  constructor(panes: PaneRows) {
    this.#panes = panes;
  }

  /** Before so many more are appended. */
  reserve(pairs: number, frame: Frame): void {
    if (this.#count + pairs > PAIRS_AT_ONCE) this.flush(frame);
  }

  append(entry: number, slot: number): void {
    const i = this.#count++;
    this.#entries = growUint32(this.#entries, this.#count);
    this.#slots = growInt32(this.#slots, this.#count);
    this.#entries[i] = entry;
    this.#slots[i] = slot;
  }

  flush(frame: Frame): void {
    if (this.#count === 0) return;
    this.#panes.accumulate({ length: this.#count, entries: this.#entries, slots: this.#slots }, frame);
    this.#count = 0;
  }
}
