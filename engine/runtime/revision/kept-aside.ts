import type { Column } from '../../batch.ts';
import type { Frame } from '../../operator.ts';
import { gatherColumn } from '../../state/columns.ts';
import { gatherFloat64 } from '../../state/gather.ts';
import { growUint8 } from '../../state/growable.ts';

/** Events of keys, in the order in which they were handled; `columns` are those of a batch of the source. */
export type KeptEvents = {
  readonly length: number;
  readonly keyIds: Uint32Array;
  readonly timeUs: Float64Array;
  readonly arrivalUs: Float64Array;
  readonly columns: readonly Column[];
};

/**
 * Copies of the events of some keys as operators see them, while what came before is computed again: so nobody waits for
 * that. At most MOST_EVENTS; with one more all are let go of, and `isFull`.
 */
export class KeptAside {
  readonly #columnCount: number;
  readonly #keyAt: (frame: Frame, i: number) => number;
  #isKept = new Uint8Array(0); // by key id
  #keys: Uint32Array = new Uint32Array(0); // that are kept
  #parts: KeptEvents[] = [];
  #length = 0;
  #isFull = false;

  /** The first columns of its source's frames are those of a batch. `keyAt`: an entry's key, where that is not the frame's; −1: none. */
  constructor(columnCount: number, keyAt = (frame: Frame, i: number) => frame.keyIds[i]!) {
    this.#columnCount = columnCount;
    this.#keyAt = keyAt;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Of these keys, from now on. */
  begin(keyIds: readonly number[]): void {
    this.end();
    this.#keys = Uint32Array.from(keyIds);
    for (const keyId of this.#keys) {
      this.#isKept = growUint8(this.#isKept, keyId + 1);
      this.#isKept[keyId] = 1;
    }
  }

  /** What came since, and nothing is kept any more. */
  end(): readonly KeptEvents[] {
    const parts = this.#parts;
    for (const keyId of this.#keys) this.#isKept[keyId] = 0;
    this.#keys = new Uint32Array(0);
    this.#parts = [];
    this.#length = 0;
    this.#isFull = false;
    return parts;
  }

  /** Its id may be another key's from now on. */
  forget(keyId: number): void {
    if (keyId < this.#isKept.length) this.#isKept[keyId] = 0;
  }

  see(frame: Frame): void {
    if (this.#keys.length === 0 || this.#isFull) return;
    const [places, keyIds] = this.#placesIn(frame);
    if (places.length === 0) return;
    this.#length += places.length;
    if (this.#length > MOST_EVENTS) {
      this.#isFull = true;
      this.#parts = [];
      return;
    }
    this.#parts.push({
      length: places.length,
      keyIds,
      timeUs: gatherFloat64(frame.timeUs, places),
      arrivalUs: gatherFloat64(frame.cameUs ?? frame.arrivalUs, places),
      columns: frame.columns.slice(0, this.#columnCount).map(column => gatherColumn(column!, places, places.length)),
    });
  }

  #placesIn(frame: Frame): readonly [places: Uint32Array, keyIds: Uint32Array] {
    const { length, rows } = frame;
    const places: number[] = [];
    const keyIds: number[] = [];
    for (let i = 0; i < length; i++) {
      if (rows !== undefined && rows[i] === 0) continue;
      const keyId = this.#keyAt(frame, i);
      if (this.#isKept[keyId] !== 1) continue; // −1 is no place in it
      places.push(i);
      keyIds.push(keyId);
    }
    return [Uint32Array.from(places), Uint32Array.from(keyIds)];
  }
}

/** What a busy key brings while its past is read, and no more memory than that may take. */
export const MOST_EVENTS = 262_144;
