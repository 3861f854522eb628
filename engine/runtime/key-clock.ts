import type { Frame, Snapshot } from '../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../state/gather.ts';
import { growFloat64 } from '../state/growable.ts';

/**
 * The watermark of every key of a source (MEANING.md 3): with t₀ the key's newest event time and a₀ its arrival, the
 * greatest of t₀ − lateness, t₀ + (A − a₀) − quiet and what it was before. Where t₀ lies behind a₀ the delay is the key's own, and
 * it keeps it; where t₀ is ahead of a₀ its clock was wrong, and time waits for A to come there: docs/language/watermark.md.
 */
export class KeyClock {
  readonly latenessUs: number;
  /** How long a key may be silent before the arrival clock moves it on; Infinity for `idle never`. */
  readonly quietUs: number;
  newestUs = new Float64Array(0);
  arrivalUs = new Float64Array(0);
  #handledUs = new Float64Array(0); // empty until anything was: without lateness it never is

  constructor(options: { readonly latenessUs: number; readonly idleUs: number | null }) {
    this.latenessUs = options.latenessUs;
    this.quietUs = options.idleUs === null ? Infinity : Math.max(options.idleUs, options.latenessUs);
  }

  reserve(keys: number): void {
    this.newestUs = growFloat64(this.newestUs, keys, -Infinity);
    this.arrivalUs = growFloat64(this.arrivalUs, keys, 0);
    if (this.#handledUs.length > 0) this.#reserveHandled(keys);
  }

  watermarkUs(keyId: number, nowUs: number): number {
    const newestUs = this.newestUs[keyId]!;
    return Math.max(this.#handled(keyId), newestUs - this.latenessUs, this.silentUs(keyId, nowUs));
  }

  /** What the arrival clock alone says. */
  silentUs(keyId: number, nowUs: number): number {
    const newestUs = this.newestUs[keyId]!;
    return newestUs + (nowUs - Math.max(this.arrivalUs[keyId]!, newestUs) - this.quietUs);
  }

  /** The arrival at which a silent key's watermark reaches `dueUs`. */
  reachesUs(keyId: number, dueUs: number): number {
    const newestUs = this.newestUs[keyId]!;
    return Math.max(this.arrivalUs[keyId]!, newestUs) + (dueUs - newestUs) + this.quietUs;
  }

  /** An event that is not late has come. What the arrival clock said before stays: a watermark never falls. */
  see(keyId: number, { timeUs, arrivalUs, watermarkUs }: SeenEvent): void {
    if (watermarkUs > this.#handled(keyId)) this.handle(keyId, watermarkUs);
    if (timeUs < this.newestUs[keyId]!) return;
    this.newestUs[keyId] = timeUs;
    this.arrivalUs[keyId] = arrivalUs;
  }

  /** What is done of each key, for a loop that writes it itself; there is room for all keys. */
  get handledUs(): Float64Array {
    if (this.#handledUs.length < this.newestUs.length) this.#reserveHandled(this.newestUs.length);
    return this.#handledUs;
  }

  /** What is due up to this time is done: its watermark is no less from now on. */
  handle(keyId: number, timeUs: number): void {
    this.handledUs[keyId] = timeUs;
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
      const seen = seenUs[keyId]!;
      const silent = now - (seen > newest ? seen : newest) - quietUs;
      if (t < (silent > 0 ? newest + silent : newest)) break;
      newestUs[keyId] = t;
      seenUs[keyId] = now;
    }
    return i;
  }

  lastArrivalUs(keyId: number): number {
    return this.arrivalUs[keyId]!;
  }

  /** Time of a key that is never seen again: its id may be given to another one. */
  forget(keyId: number): void {
    this.newestUs[keyId] = -Infinity;
    this.arrivalUs[keyId] = 0;
    if (keyId < this.#handledUs.length) this.#handledUs[keyId] = -Infinity;
  }

  get stateBytes(): number {
    return this.newestUs.byteLength + this.arrivalUs.byteLength + this.#handledUs.byteLength;
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    const handledUs = new Float64Array(keyIds.length);
    for (let i = 0; i < keyIds.length; i++) handledUs[i] = this.#handled(keyIds[i]!);
    return {
      newestUs: gatherFloat64(this.newestUs, keyIds),
      arrivalUs: gatherFloat64(this.arrivalUs, keyIds),
      handledUs,
    };
  }

  /** Row i is of key `keyIds[i]`, for which there is room; −1: it is left out. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    scatterFloat64(snapshot['newestUs'] as Float64Array, keyIds, this.newestUs);
    scatterFloat64(snapshot['arrivalUs'] as Float64Array, keyIds, this.arrivalUs);
    const handledUs = snapshot['handledUs'] as Float64Array;
    for (let i = 0; i < keyIds.length; i++) {
      if (keyIds[i]! >= 0 && handledUs[i]! > -Infinity) this.handle(keyIds[i]!, handledUs[i]!);
    }
  }

  #handled(keyId: number): number {
    return keyId < this.#handledUs.length ? this.#handledUs[keyId]! : -Infinity;
  }

  #reserveHandled(keys: number): void {
    this.#handledUs = growFloat64(this.#handledUs, keys, -Infinity);
  }
}

/** `watermarkUs`: its key's at its arrival, before it. */
type SeenEvent = { readonly timeUs: number; readonly arrivalUs: number; readonly watermarkUs: number };
