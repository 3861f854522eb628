import type { Snapshot } from '../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64 } from '../state/growable.ts';

/** For absences that look back: per key, when their event came last, and when it last came at an earlier instant than that. */
export class LookedBack {
  readonly #count: number;
  #lastUs = new Float64Array(0);
  #beforeUs = new Float64Array(0);

  constructor(count: number) {
    this.#count = count;
  }

  get bytesPerKey(): number {
    return 16 * this.#count;
  }

  reserveKeys(keys: number): void {
    this.#lastUs = growFloat64(this.#lastUs, keys * this.#count, -Infinity);
    this.#beforeUs = growFloat64(this.#beforeUs, keys * this.#count, -Infinity);
  }

  note(keyId: number, absence: number, timeUs: number): void {
    const at = keyId * this.#count + absence;
    if (this.#lastUs[at] === timeUs) return;
    this.#beforeUs[at] = this.#lastUs[at]!;
    this.#lastUs[at] = timeUs;
  }

  /** The last time before this one; −Infinity: it was not seen. */
  lastBefore(keyId: number, absence: number, timeUs: number): number {
    const at = keyId * this.#count + absence;
    const lastUs = this.#lastUs[at]!;
    return lastUs < timeUs ? lastUs : this.#beforeUs[at]!;
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return {
      lastUs: gatherFloat64(this.#lastUs, keyIds, this.#count),
      beforeUs: gatherFloat64(this.#beforeUs, keyIds, this.#count),
    };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    scatterFloat64(snapshot['lastUs'] as Float64Array, keyIds, this.#lastUs, this.#count);
    scatterFloat64(snapshot['beforeUs'] as Float64Array, keyIds, this.#beforeUs, this.#count);
  }

  forget(keyId: number): void {
    this.#lastUs.fill(-Infinity, keyId * this.#count, (keyId + 1) * this.#count);
    this.#beforeUs.fill(-Infinity, keyId * this.#count, (keyId + 1) * this.#count);
  }

  get stateBytes(): number {
    return this.#lastUs.byteLength + this.#beforeUs.byteLength;
  }
}
