import type { Frame, Snapshot } from '../operator.ts';
import { growFloat64 } from '../state/growable.ts';

/**
 * The watermark of every key of a source (MEANING.md 3): with t₀ the key's newest event time and a₀ its arrival, the
 * greatest of t₀ − lateness, t₀ + (A − a₀) − quiet and what it was before.
 */
export class KeyClock {
  readonly latenessUs: number;
  /** How long a key may be silent before the arrival clock moves it on; Infinity for `idle never`. */
  readonly quietUs: number;
  newestUs = new Float64Array(0);
  arrivalUs = new Float64Array(0);
  handledUs = new Float64Array(0);
  #size = 0;

  constructor(options: { readonly latenessUs: number; readonly idleUs: number | null }) {
    this.latenessUs = options.latenessUs;
    this.quietUs = options.idleUs === null ? Infinity : Math.max(options.idleUs, options.latenessUs);
  }

  reserve(keys: number): void {
    this.#size = keys;
    this.newestUs = growFloat64(this.newestUs, keys, -Infinity);
    this.arrivalUs = growFloat64(this.arrivalUs, keys, 0);
    this.handledUs = growFloat64(this.handledUs, keys, -Infinity);
  }

  watermarkUs(keyId: number, nowUs: number): number {
    const newestUs = this.newestUs[keyId]!;
    return Math.max(this.handledUs[keyId]!, newestUs - this.latenessUs, this.silentUs(keyId, nowUs));
  }

  /** What the arrival clock alone says. */
  silentUs(keyId: number, nowUs: number): number {
    return this.newestUs[keyId]! + (nowUs - this.arrivalUs[keyId]! - this.quietUs);
  }

  /** The arrival at which a silent key's watermark reaches `dueUs`. */
  reachesUs(keyId: number, dueUs: number): number {
    return this.arrivalUs[keyId]! + (dueUs - this.newestUs[keyId]!) + this.quietUs;
  }

  /** An event that is not late has come. What the arrival clock said before stays: a watermark never falls. */
  see(keyId: number, timeUs: number, arrivalUs: number): void {
    const watermarkUs = this.watermarkUs(keyId, arrivalUs);
    if (watermarkUs > this.handledUs[keyId]!) this.handledUs[keyId] = watermarkUs;
    if (timeUs < this.newestUs[keyId]!) return;
    this.newestUs[keyId] = timeUs;
    this.arrivalUs[keyId] = arrivalUs;
  }

  /**
   * As `see`, where lateness is 0, for events from `i` on, up to the first late one; returns its place. No call in the
   * loop: see takeOnTime. benchmark: throughput/filter
   */
  seeInOrder({ length, keyIds, timeUs, arrivalUs }: Frame, i: number): number {
    const newestUs = this.newestUs;
    const seenUs = this.arrivalUs;
    const quietUs = this.quietUs;
    for (; i < length; i++) {
      const keyId = keyIds[i]!;
      const t = timeUs[i]!;
      const now = arrivalUs[i]!;
      const newest = newestUs[keyId]!;
      const silent = now - seenUs[keyId]! - quietUs;
      if (t < (silent > 0 ? newest + silent : newest)) break;
      newestUs[keyId] = t;
      seenUs[keyId] = now;
    }
    return i;
  }

  lastArrivalUs(keyId: number): number {
    return this.arrivalUs[keyId]!;
  }

  snapshot(): Snapshot {
    return {
      newestUs: this.newestUs.slice(0, this.#size),
      arrivalUs: this.arrivalUs.slice(0, this.#size),
      handledUs: this.handledUs.slice(0, this.#size),
    };
  }

  restore(snapshot: Snapshot): void {
    this.newestUs = (snapshot['newestUs'] as Float64Array).slice();
    this.arrivalUs = (snapshot['arrivalUs'] as Float64Array).slice();
    this.handledUs = (snapshot['handledUs'] as Float64Array).slice();
    this.#size = this.newestUs.length;
  }
}
