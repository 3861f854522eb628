import type { Snapshot } from '../../operator.ts';
import { ArrivalTimers } from '../../state/arrival-timers.ts';
import type { TakenEvents } from '../../state/taken-events.ts';
import { ArrivalDrivenSteps } from '../arrival-driven-steps.ts';
import { ArrivalListeners } from '../arrival-listeners.ts';
import type { EventOrder } from '../event-order.ts';
import type { FramePipeline } from '../frame-pipeline.ts';
import { EntryQueue } from '../inputs/entry-queue.ts';
import type { KeyClock } from '../key-clock.ts';
import type { KeysHeard } from '../keys-heard.ts';
import type { KeyWakes } from './key-wakes.ts';

/**
 * What the arrival clock alone brings about behind a source, in order: entries of recorded inputs have their place, rows have waited
 * for long enough, something is due of silent keys, or these are forgotten, and operators have something to do.
 */
export class ArrivalWork {
  readonly timers = new ArrivalTimers();
  readonly driven = new ArrivalDrivenSteps();
  readonly listeners = new ArrivalListeners();
  readonly entries: EntryQueue; // of recorded inputs
  readonly #pipeline: FramePipeline;
  readonly #clock: KeyClock;
  readonly #order: EventOrder;
  readonly #wakes: KeyWakes;
  readonly #taken: TakenEvents | undefined;
  readonly #onForgotten: (keyId: number) => void;
  #wokenUs = -Infinity;

  constructor(options: {
    /** The sources whose arrival clocks are this one's. */
    readonly clocksOf: readonly string[];
    readonly pipeline: FramePipeline;
    readonly clock: KeyClock;
    readonly order: EventOrder;
    readonly wakes: KeyWakes;
    readonly taken: TakenEvents | undefined;
    readonly onForgotten: (keyId: number) => void;
  }) {
    this.entries = new EntryQueue(options.clocksOf);
    this.#pipeline = options.pipeline;
    this.#clock = options.clock;
    this.#order = options.order;
    this.#wakes = options.wakes;
    this.#taken = options.taken;
    this.#onForgotten = options.onForgotten;
  }

  /** Whether keys have to be looked at, when they are silent. */
  get hasWakes(): boolean {
    return this.#pipeline.isWaitedFor || this.#wakes.areForgotten;
  }

  /** Messages that are no events, in order of arrival; of keys here and elsewhere. */
  hearAside(heard: KeysHeard): void {
    if (this.listeners.isEmpty) return;
    this.listeners.addAside(heard);
    while (this.listeners.nextAsideUs <= this.#wokenUs) this.listeners.takeAside();
  }

  /**
   * No sooner can anything come due by the arrival clock alone, of events that arrive from `startUs` to `lastUs`: neither what is
   * queued, nor what one of them may set (`least` after the first one at the earliest).
   */
  quietUntilUs(startUs: number, lastUs: number): number {
    const limitUs = Math.min(
      this.#wakes.nextUs(lastUs),
      startUs + this.#wakes.leastUs,
      this.entries.nextUs(),
      this.#pipeline.hasRekey ? this.driven.nextUs(lastUs) : this.#nextDrivenUs(startUs),
      this.timers.nextUs(lastUs),
      startUs + this.timers.leastUs,
    );
    if (!this.#wakes.isForgottenAfterWaiting || this.#clock.latenessUs === 0) return limitUs;
    return Math.min(limitUs, this.#order.nextExpiryUs(), startUs + this.#clock.latenessUs);
  }

  /** The same of events that come in order of time, where no row waits and keys do not meet. */
  quietUntilInOrderUs(startUs: number, lastUs: number): number {
    const wakeUs = this.hasWakes
      ? Math.min(this.#wakes.nextUs(lastUs), startUs + this.#wakes.leastUs, startUs + this.timers.leastUs)
      : Infinity;
    return Math.min(wakeUs, this.entries.nextUs(), this.timers.nextUs(lastUs), this.#nextDrivenUs(startUs));
  }

  /**
   * Does everything that is due by this instant of the arrival clock, in order; once for each instant, so that it does
   * not matter whether events that arrived together are handed over together.
   */
  doUntil(untilUs: number): void {
    for (let placeUs = this.entries.nextUs(); placeUs < untilUs; placeUs = this.entries.nextUs()) {
      this.#doBetweenEntries(placeUs);
      this.listeners.resume();
      for (const keyId of this.entries.hearNext(this.#pipeline.keys)) this.#wakes.schedule(keyId);
    }
    this.#doBetweenEntries(untilUs);
  }

  /** What operators have done may have changed what is due of keys. */
  scheduleMoved(): void {
    this.driven.forEachMoved(keyId => {
      if (this.#pipeline.keys.isKnown[keyId] === 1) this.#wakes.schedule(keyId);
    });
  }

  snapshot(): Snapshot {
    return { wokenUs: this.#wokenUs, heardSequence: this.entries.snapshot(), deployed: this.listeners.snapshot() };
  }

  /** `keptFrom`: the stored node whose state one takes over; null: it starts empty. */
  restore(snapshot: Snapshot, keptFrom: (nodeId: string) => string | null): void {
    this.#wokenUs = snapshot['wokenUs'] as number;
    this.entries.restore(snapshot['heardSequence'] as number);
    this.listeners.restore(snapshot['deployed'] as Snapshot, keptFrom, this.#wokenUs);
  }

  #doBetweenEntries(untilUs: number): void {
    if (untilUs <= this.#wokenUs) return;
    let instantUs = this.#wokenUs; // what a key no longer holds up was due before, and happens now
    this.#wokenUs = untilUs;
    for (;;) {
      const dueUs = this.#nextUs(untilUs);
      const asideUs = this.listeners.nextAsideUs;
      const nextUs = Math.min(dueUs, asideUs);
      if (nextUs > untilUs || nextUs === Infinity) return;
      if (asideUs < dueUs) {
        this.listeners.takeAside();
        continue;
      }
      instantUs = Math.max(instantUs, nextUs);
      if (this.#order.nextExpiryUs() <= instantUs) this.#order.expire(instantUs);
      else if (this.#wakes.queuedUs <= instantUs) this.#wakeKeys(instantUs);
      else if (this.timers.nextUs(instantUs) <= instantUs)
        for (const keyId of this.timers.arrive(instantUs)) this.#wakes.schedule(keyId);
      else this.driven.arrive(instantUs);
      this.scheduleMoved();
    }
  }

  #nextUs(untilUs: number): number {
    const ofKeysUs = Math.min(this.#wakes.nextUs(untilUs), this.#order.nextExpiryUs(), this.timers.nextUs(untilUs));
    return Math.min(ofKeysUs, this.driven.nextUs());
  }

  /** No sooner does what hears of arrivals bring anything about, whatever comes from `fromUs` on. */
  #nextDrivenUs(fromUs: number): number {
    if (this.listeners.isEmpty) return Infinity;
    return Math.min(this.listeners.nextUs(fromUs), this.driven.nextUs());
  }

  #wakeKeys(instantUs: number): void {
    const output = this.#order.open();
    const woken: number[] = [];
    for (;;) {
      const keyId = this.#wakes.take(instantUs);
      if (keyId === undefined) break;
      this.#pipeline.keys.changed.oneWillChange(keyId);
      woken.push(keyId);
      if (this.#wakes.dueUs(keyId) > instantUs) continue; // only to be forgotten
      const watermarkUs = this.#clock.silentUs(keyId, instantUs);
      this.#order.release(keyId, instantUs, watermarkUs);
      output.advance(watermarkUs);
    }
    output.frame.cause = 'clock';
    this.#order.run();
    for (const keyId of woken) this.#settle(keyId, instantUs);
  }

  /** After what was due of a key is done: it is forgotten if it is time, or queued for what is next. */
  #settle(keyId: number, instantUs: number): void {
    if (this.#wakes.expiresUs(keyId) > instantUs) return this.#wakes.scheduleBehind(keyId, instantUs);
    this.#taken?.letGo(instantUs); // all that is remembered of the key is among it
    this.#forget(keyId, instantUs);
  }

  #forget(keyId: number, instantUs: number): void {
    this.listeners.forgotten(keyId, instantUs);
    this.#onForgotten(keyId);
    this.#pipeline.forget(keyId);
    this.#order.forget(keyId);
    this.#clock.forget(keyId);
    this.#wakes.forget(keyId);
    this.#pipeline.keys.forget(keyId);
  }
}
