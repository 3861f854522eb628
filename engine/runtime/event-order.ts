import type { Field } from '../../dsl/plan.ts';
import type { Column, EventBatch } from '../batch.ts';
import type { Snapshot } from '../operator.ts';
import { ReorderBuffer } from '../state/reorder-buffer.ts';
import { RowOutput } from '../state/row-output.ts';
import { namedWaiting, waitingOf } from '../state/waiting-columns.ts';
import type { FramePipeline } from './frame-pipeline.ts';
import type { KeyClock } from './key-clock.ts';
import { takeInOrder } from './take-in-order.ts';

/** Events start … end−1 of a batch, of which only those at `places` count; undefined: all of them. */
export type Segment = { readonly start: number; readonly end: number; readonly places: Uint32Array | undefined };

/**
 * The events of a source's keys in order of time, where there is lateness: each waits until its key's watermark passes it, but no
 * longer than the lateness on the arrival clock. A frame is what one segment, or one instant, releases.
 */
export class EventOrder {
  readonly #clock: KeyClock;
  readonly #pipeline: FramePipeline;
  readonly #fields: readonly Field[];
  readonly #listener: OrderListener;
  readonly #waiting = new ReorderBuffer();
  readonly #output = new RowOutput();

  constructor(options: {
    readonly clock: KeyClock;
    readonly pipeline: FramePipeline;
    /** Of a batch's columns. */
    readonly fields: readonly Field[];
    readonly listener: OrderListener;
  }) {
    this.#clock = options.clock;
    this.#pipeline = options.pipeline;
    this.#fields = options.fields;
    this.#listener = options.listener;
  }

  /** When the arrival clock alone releases a row; Infinity: none waits. */
  nextExpiryUs(): number {
    return this.#waiting.firstArrivalUs() + this.#clock.latenessUs;
  }

  /** The time of the key's oldest waiting row; Infinity if none waits. */
  oldestUs(keyId: number): number {
    return this.#waiting.oldestUs(keyId);
  }

  take(batch: EventBatch, keyIds: Uint32Array, segment: Segment): void {
    const { start, end, places } = segment;
    const lastUs = batch.arrivalUs[end - 1]!;
    this.#expiringWillChange(lastUs);
    this.open();
    this.#waiting.reserve(end - start, this.#pipeline.keys.size);
    if (places === undefined) this.#takeAll(batch, keyIds, segment);
    else {
      for (const i of places) this.#takeOne(batch, keyIds, i);
      this.#releaseExpired(lastUs); // a repetition arrives, too
    }
    this.run(batch.columns);
  }

  /** Rows that have waited for the whole lateness wait no longer. */
  expire(instantUs: number): void {
    this.#expiringWillChange(instantUs);
    this.open();
    this.#releaseExpired(instantUs);
    this.run();
  }

  /** Begins a frame, to be filled by `release` and handed over by `run`. */
  open(): RowOutput {
    return this.#output.start();
  }

  /** Hands over the key's waiting rows up to a watermark, at this instant. */
  release(keyId: number, instantUs: number, watermarkUs: number): void {
    this.#output.set(keyId, instantUs);
    this.#release(keyId, watermarkUs);
  }

  /** `added`: the columns that rows were added of. */
  run(added: readonly Column[] = []): void {
    const { frame } = this.#output;
    this.#waiting.finish(frame, added);
    this.#pipeline.run(frame);
  }

  forget(keyId: number): void {
    this.#waiting.forget(keyId);
  }

  snapshot(keyIds: Uint32Array): { readonly waiting: Snapshot; readonly named: Snapshot } {
    return namedWaiting(this.#waiting.snapshot(keyIds), this.#fields);
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#waiting.restore(waitingOf(snapshot, this.#fields), keyIds);
  }

  /** After all is restored. */
  resume(): void {
    this.#waiting.resume();
  }

  get stateBytes(): number {
    return this.#waiting.stateBytes;
  }

  #takeAll(batch: EventBatch, keyIds: Uint32Array, { start, end }: Segment): void {
    const { arrivalUs } = batch;
    const listener = this.#listener;
    const waiting = this.#waiting;
    const { hasTimers } = this.#pipeline;
    const input = { batch, keyIds, end, hasTimers, clock: this.#clock, waiting, output: this.#output, watermarkUs: 0 };
    let i = start;
    while (i < end) {
      if (!listener.hearsEach() && waiting.heapLength === 0) {
        const entries = this.#output.reserve(2 * (end - i) + 1);
        waiting.reserveTaken(entries);
        const from = i;
        const place = takeInOrder(input, i);
        i = place < 0 ? ~place + 1 : place;
        if (i > from) listener.tookInOrder(keyIds, arrivalUs, from, i);
        if (place < 0) {
          this.#output.set(keyIds[i - 1]!, arrivalUs[i - 1]!);
          this.#moveTo(keyIds[i - 1]!, input.watermarkUs);
        }
        if (i === end) return;
      }
      this.#takeOne(batch, keyIds, i++);
    }
  }

  #takeOne(batch: EventBatch, keyIds: Uint32Array, i: number): void {
    const keyId = keyIds[i]!;
    const timeUs = batch.timeUs[i]!;
    const arrivalUs = batch.arrivalUs[i]!;
    this.#releaseExpired(arrivalUs);
    const reachedUs = this.#clock.watermarkUs(keyId, arrivalUs);
    if (timeUs < reachedUs) {
      this.#listener.late(i);
      return;
    }
    this.#output.set(keyId, arrivalUs);
    this.#listener.beforeEvent(keyId, arrivalUs);
    this.#clock.see(keyId, { timeUs, arrivalUs, watermarkUs: reachedUs });
    this.#listener.took(keyId, arrivalUs);
    this.#waiting.addRow(keyId, timeUs, arrivalUs, i);
    this.#moveTo(keyId, this.#clock.watermarkUs(keyId, arrivalUs));
  }

  /** Releases the key's rows up to a watermark, and tells it to what is behind: they may not have moved it on so far. */
  #moveTo(keyId: number, watermarkUs: number): void {
    this.#release(keyId, watermarkUs);
    if (this.#pipeline.hasTimers) this.#output.advance(watermarkUs);
  }

  #release(keyId: number, watermarkUs: number): void {
    for (;;) {
      const timeUs = this.#waiting.oldestUs(keyId);
      if (timeUs > watermarkUs || timeUs === Infinity) return;
      this.#waiting.takeRow(keyId, this.#output);
      this.#clock.handle(keyId, timeUs);
    }
  }

  #releaseExpired(untilUs: number): void {
    for (let instantUs = this.nextExpiryUs(); instantUs <= untilUs; instantUs = this.nextExpiryUs()) {
      if (instantUs === Infinity) return;
      const { keyId, timeUs } = this.#waiting.firstWaiting();
      this.release(keyId, instantUs, timeUs);
      this.#listener.expired(keyId, instantUs);
    }
  }

  /** Keys of which rows will have waited for long enough by then; those whose events come in the meantime have said so. */
  #expiringWillChange(untilUs: number): void {
    const { changed } = this.#pipeline.keys;
    if (!changed.isTracked) return;
    const waiting = this.#waiting;
    changed.willChange(waiting.keyIds, waiting.first, waiting.slotBehind(untilUs - this.#clock.latenessUs));
  }
}

/** What else is done about events, rows and keys here. */
export type OrderListener = {
  /** Whether it has to hear of each event at once; else those in order are told together. */
  hearsEach(): boolean;
  /** The event at this place is late. */
  late(place: number): void;
  /** The clock of a key is about to hear of an event. */
  beforeEvent(keyId: number, arrivalUs: number): void;
  took(keyId: number, arrivalUs: number): void;
  /** The same of events start … end−1. */
  tookInOrder(keyIds: Uint32Array, arrivalUs: Float64Array, start: number, end: number): void;
  /** A row of the key waits no longer. */
  expired(keyId: number, instantUs: number): void;
};
