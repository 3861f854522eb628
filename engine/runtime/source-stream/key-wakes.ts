import type { SourceNode } from '../../../dsl/plan.ts';
import { assert } from '../../errors.ts';
import type { TakenEvents } from '../../state/taken-events.ts';
import { WakeQueue } from '../../state/wake-queue.ts';
import type { EventOrder } from '../event-order.ts';
import type { FramePipeline } from '../frame-pipeline.ts';
import type { KeyClock } from '../key-clock.ts';

/** When the arrival clock alone has something to do for which key of a source: what is due of it, or to forget it. */
export class KeyWakes {
  /** No sooner than this after an event arrives does the arrival clock bring anything about for its key. */
  readonly leastUs: number;
  /** Whether keys that are not seen for long enough are forgotten. */
  readonly areForgotten: boolean;
  /** With `idle never`, a key that rows wait for is not looked at again until they are handed over, and then must be. */
  readonly isForgottenAfterWaiting: boolean;
  /** How long a key must be unseen to be forgotten; Infinity: it never is. */
  readonly #expireUs: number;
  readonly #queue: WakeQueue;
  readonly #clock: KeyClock;
  readonly #pipeline: FramePipeline;
  readonly #order: EventOrder;
  readonly #taken: TakenEvents | undefined;

  constructor(options: {
    readonly node: SourceNode;
    readonly clock: KeyClock;
    readonly pipeline: FramePipeline;
    readonly order: EventOrder;
    readonly taken: TakenEvents | undefined;
  }) {
    const { node, clock, pipeline } = options;
    const { quietUs, latenessUs } = clock;
    const leastUs = Math.max(quietUs < Infinity ? quietUs : latenessUs, node.unique?.withinUs ?? 0);
    this.#expireUs = node.expireUs === null ? Infinity : Math.max(node.expireUs, leastUs);
    this.areForgotten = this.#expireUs < Infinity;
    this.leastUs = Math.min(quietUs - latenessUs, this.#expireUs);
    this.isForgottenAfterWaiting = quietUs === Infinity && this.areForgotten;
    this.#queue = new WakeQueue(keyId => pipeline.keys.ordinals[keyId]!);
    this.#clock = clock;
    this.#pipeline = pipeline;
    this.#order = options.order;
    this.#taken = options.taken;
  }

  /** The earliest instant of any key, by what is known of it; Infinity: there is none. */
  get queuedUs(): number {
    return this.#queue.nextUs();
  }

  /**
   * The earliest instant at which something is due of a silent key; of one behind `untilUs`, a lower bound. Keys are
   * queued at lower bounds, mostly of events that others have followed since: these move on, without cutting the batch
   * and without asking the operators.
   */
  nextUs(untilUs: number): number {
    for (;;) {
      const queuedUs = this.#queue.nextUs();
      if (queuedUs > untilUs || queuedUs === Infinity) return queuedUs;
      const keyId = this.#queue.nextKeyId();
      const boundUs = this.#clock.lastArrivalUs(keyId) + this.leastUs;
      const instantUs = boundUs > queuedUs ? boundUs : this.#instantUs(keyId);
      if (instantUs <= queuedUs) return queuedUs;
      this.#queue.putOffNext(instantUs);
    }
  }

  /** The next key of which something is due by this instant; undefined: there is none. */
  take(instantUs: number): number | undefined {
    for (let keyId = this.#queue.take(instantUs); keyId !== undefined; keyId = this.#queue.take(instantUs)) {
      if (this.#instantUs(keyId) <= instantUs) return keyId;
      this.schedule(keyId);
    }
    return undefined;
  }

  /** An event of the key has come: it has to be looked at, at the latest, when it has been quiet for so long that something could be due. */
  heard(keyId: number, arrivalUs: number): void {
    this.#noLater(keyId, arrivalUs + this.leastUs);
  }

  /** The same of each of these entries. */
  heardEach(entries: Parameters<WakeQueue['setNoLater']>[0]): void {
    if (this.leastUs < Infinity) this.#queue.setNoLater(entries, this.leastUs);
  }

  /** A row of the key waits no longer. */
  waitedEnough(keyId: number, instantUs: number): void {
    if (this.isForgottenAfterWaiting) this.#noLater(keyId, Math.max(instantUs, this.#unseenUs(keyId)));
  }

  /** By what is due of the key now. */
  schedule(keyId: number): void {
    this.#queue.set(keyId, this.#instantUs(keyId));
  }

  /** After what was due of it is done. */
  scheduleBehind(keyId: number, instantUs: number): void {
    this.schedule(keyId);
    assert(this.#queue.instantOf(keyId) > instantUs, 'what was due is still due');
  }

  forget(keyId: number): void {
    this.#queue.set(keyId, Infinity);
  }

  /**
   * After all is restored: what is due when follows from it. Keys are queued at lower bounds, as behind events: thousands of
   * rules are asked of a key when its turn comes, and not of all keys at once.
   */
  resume(): void {
    const { keys } = this.#pipeline;
    for (let keyId = 0; keyId < keys.size; keyId++) {
      if (keys.isKnown[keyId] === 0 || this.#clock.newestUs[keyId] === -Infinity) continue;
      this.#queue.set(keyId, this.#clock.lastArrivalUs(keyId) + this.leastUs);
    }
  }

  /** When the arrival clock alone brings the key to what is next due there. */
  dueUs(keyId: number): number {
    if (this.#clock.quietUs === Infinity) return Infinity;
    const dueUs = Math.min(this.#pipeline.nextDueUs(keyId), this.#order.oldestUs(keyId));
    return dueUs === Infinity ? Infinity : this.#clock.reachesUs(keyId, dueUs);
  }

  /** When the key is forgotten; Infinity while something of it is pending. */
  expiresUs(keyId: number): number {
    if (!this.areForgotten || this.#isPending(keyId)) return Infinity;
    return this.#unseenUs(keyId);
  }

  /** When the arrival clock alone has something to do for the key. */
  #instantUs(keyId: number): number {
    return Math.min(this.dueUs(keyId), this.expiresUs(keyId));
  }

  #noLater(keyId: number, boundUs: number): void {
    if (this.#queue.instantOf(keyId) > boundUs) this.#queue.set(keyId, boundUs);
  }

  /** When the key has not been seen for as long as `expire` says, and nothing is remembered that may be repeated. */
  #unseenUs(keyId: number): number {
    const unseenUs = this.#clock.lastArrivalUs(keyId) + this.#expireUs;
    return this.#taken === undefined ? unseenUs : Math.max(unseenUs, this.#taken.rememberedUntilUs(keyId));
  }

  #isPending(keyId: number): boolean {
    return this.#order.oldestUs(keyId) < Infinity || this.#pipeline.isPending(keyId);
  }
}
