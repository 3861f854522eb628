import type { Snapshot } from '../../operator.ts';
import { gatherFloat64, gatherUint8, scatterFloat64, scatterUint8 } from '../../state/gather.ts';
import { growFloat64, growUint8 } from '../../state/growable.ts';
import { WakeQueue } from '../../state/wake-queue.ts';
import type { ActivityClock } from './activity-clock.ts';

/**
 * How far each key of a rekey's input has come, and which of them are active: those that were heard of not longer ago than
 * `idle` says, and those of which a pane is open.
 */
export class ActiveKeys {
  /** By key id: how far events have told that it has come. */
  watermarkUs = new Float64Array(0);
  /** By key id. */
  isActive = new Uint8Array(0);
  #cameToUs = new Float64Array(0); // that anything has told; no state: where nothing is known, it is told again
  readonly #clock: ActivityClock;
  readonly #idle: WakeQueue; // when an active key goes idle

  /** `ordinalOf`: as of a WakeQueue. */
  constructor(clock: ActivityClock, ordinalOf: (keyId: number) => number) {
    this.#clock = clock;
    this.#idle = new WakeQueue(ordinalOf);
  }

  reserve(keys: number): void {
    this.watermarkUs = growFloat64(this.watermarkUs, keys, -Infinity);
    this.#cameToUs = growFloat64(this.#cameToUs, keys, -Infinity);
    this.isActive = growUint8(this.isActive, keys);
  }

  /** How far anything has told that the key has come. */
  cameToUs(keyId: number): number {
    return this.#cameToUs[keyId] ?? -Infinity;
  }

  /** Whether events of the key alone change nothing about it but how far it has come. */
  isSteady(keyId: number): boolean {
    return this.isActive[keyId] === 1 && this.#idle.instantOf(keyId) < Infinity;
  }

  /** What an entry says of the key. True: by that, it comes to be active. */
  see(keyId: number, watermarkUs: number, arrivalUs: number, isTold: boolean): boolean {
    if (watermarkUs > this.#cameToUs[keyId]!) this.#cameToUs[keyId] = watermarkUs;
    if (isTold && watermarkUs > this.watermarkUs[keyId]!) this.watermarkUs[keyId] = watermarkUs;
    if (this.isActive[keyId] === 1) {
      const isQueued = this.#idle.instantOf(keyId) < Infinity;
      if (!isQueued && !this.#clock.isPending(keyId)) {
        this.#idle.set(keyId, Math.max(this.#idleAtUs(keyId), arrivalUs));
      }
      return false;
    }
    const idleUs = this.#idleAtUs(keyId);
    if (idleUs > arrivalUs) this.#idle.set(keyId, idleUs);
    else if (!this.#clock.isPending(keyId)) return false;
    this.isActive[keyId] = 1;
    return true;
  }

  /**
   * The earliest instant at which one goes idle; of one behind `untilUs`, a lower bound. Keys are queued at what was known when
   * they came to be active: those that have spoken since move on.
   */
  nextIdleUs(untilUs: number): number {
    for (;;) {
      const queuedUs = this.#idle.nextUs();
      if (queuedUs > untilUs || queuedUs === Infinity) return queuedUs;
      const keyId = this.#idle.nextKeyId();
      const idleUs = this.#idleAtUs(keyId);
      if (idleUs <= queuedUs || this.#clock.isPending(keyId)) return queuedUs;
      this.#idle.putOffNext(idleUs);
    }
  }

  /** The next key that has been silent for long enough by this instant: it is active no longer. Undefined: there is none. */
  takeIdle(arrivalUs: number): number | undefined {
    for (let keyId = this.#idle.take(arrivalUs); keyId !== undefined; keyId = this.#idle.take(arrivalUs)) {
      if (this.#clock.isPending(keyId)) continue; // its rows will come, and then it is queued again
      const idleUs = this.#idleAtUs(keyId);
      if (idleUs > arrivalUs) {
        this.#idle.set(keyId, idleUs);
        continue;
      }
      this.isActive[keyId] = 0;
      return keyId;
    }
    return undefined;
  }

  /** There is room for it. */
  forget(keyId: number): void {
    this.#idle.set(keyId, Infinity);
    this.watermarkUs[keyId] = -Infinity;
    this.#cameToUs[keyId] = -Infinity;
    this.isActive[keyId] = 0;
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    const idleUs = new Float64Array(keyIds.length);
    for (let i = 0; i < keyIds.length; i++) idleUs[i] = this.#idle.instantOf(keyIds[i]!);
    return {
      watermarkUs: gatherFloat64(this.watermarkUs, keyIds),
      isActive: gatherUint8(this.isActive, keyIds),
      idleUs,
    };
  }

  /** Row i is of key `keyIds[i]`, for which there is room; −1: it is left out. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    scatterFloat64(snapshot['watermarkUs'] as Float64Array, keyIds, this.watermarkUs);
    scatterUint8(snapshot['isActive'] as Uint8Array, keyIds, this.isActive);
    const idleUs = snapshot['idleUs'] as Float64Array;
    for (let i = 0; i < keyIds.length; i++) {
      const keyId = keyIds[i]!;
      if (keyId >= 0 && this.isActive[keyId] === 1) this.#idle.set(keyId, idleUs[i]!);
    }
  }

  get stateBytes(): number {
    return this.watermarkUs.byteLength * 2 + this.isActive.byteLength;
  }

  #idleAtUs(keyId: number): number {
    return this.#clock.lastArrivalUs(keyId) + this.#clock.activeUs;
  }
}
