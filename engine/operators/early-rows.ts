import type { Snapshot } from '../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64 } from '../state/growable.ts';

/**
 * When early rows of a key are due (`emit every d`): at the first multiple of d after an event, if a pane is open then. So
 * there is one only where events came since the last.
 */
export class EarlyRows {
  readonly #everyUs: number;
  #dueUs = new Float64Array(0); // by key id; 0: nothing is due

  constructor(everyUs: number | undefined) {
    this.#everyUs = everyUs ?? Infinity;
  }

  get areWanted(): boolean {
    return this.#everyUs < Infinity;
  }

  /** An event has come into an open pane. */
  note(keyId: number, timeUs: number): void {
    if (this.#dueUs[keyId] === 0) this.#dueUs[keyId] = (Math.floor(timeUs / this.#everyUs) + 1) * this.#everyUs;
  }

  /** Infinity: nothing is due. */
  dueUs(keyId: number): number {
    const dueUs = keyId < this.#dueUs.length ? this.#dueUs[keyId]! : 0;
    return dueUs === 0 ? Infinity : dueUs;
  }

  clear(keyId: number): void {
    if (keyId < this.#dueUs.length) this.#dueUs[keyId] = 0;
  }

  /**
   * How many instants of early rows lie between a pane's start and the instant that its row tells of: higher for each later
   * row of the pane, highest for the closing one, and the same in every run.
   */
  revision(startUs: number, untilUs: number): number {
    if (!this.areWanted) return 0;
    return Math.max(0, Math.floor((untilUs - 1) / this.#everyUs) - Math.floor(startUs / this.#everyUs));
  }

  reserveKeys(keys: number): void {
    if (this.areWanted) this.#dueUs = growFloat64(this.#dueUs, keys);
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return this.areWanted ? { earlyUs: gatherFloat64(this.#dueUs, keyIds) } : {};
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    if (this.areWanted) scatterFloat64(snapshot['earlyUs'] as Float64Array, keyIds, this.#dueUs);
  }

  get bytesPerKey(): number {
    return this.areWanted ? 8 : 0;
  }

  get stateBytes(): number {
    return this.#dueUs.byteLength;
  }
}
