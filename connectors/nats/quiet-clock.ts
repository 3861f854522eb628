import type { Deliveries } from './deliveries.ts';
import { isPassing, type JetStreamApi } from './jetstream-api.ts';
import type { MessageQueue } from './message-queue.ts';
import type { NatsSettings } from './nats-settings.ts';
import type { ReadingPlace } from './reading-place.ts';
import { serverTimeUs } from './server-time.ts';
import type { StreamWatch } from './stream-watch.ts';

export type QuietClockOptions = {
  readonly settings: NatsSettings;
  readonly api: JetStreamApi;
  readonly place: ReadingPlace;
  readonly watch: StreamWatch;
  readonly deliveries: Deliveries;
  readonly queue: MessageQueue;
  readonly onChange: () => void;
};

/**
 * Asks the stream's leader what time it is while nothing comes. The last sequence is asked for first, and then whether
 * one of our messages stands behind the place: if not, all up to that sequence was handled when the server's clock
 * showed that time. What a consumer says of itself lags behind what is stored.
 */
export class QuietClock {
  readonly #options: QuietClockOptions;
  #askedMs = performance.now();
  #asking: Promise<void> | undefined;
  #stuckSequence = 0; // of a message that was there the last time, and had not come
  /** Up to here no message is expected any more; -Infinity: not known. */
  timeUs = -Infinity;
  failure: unknown;

  constructor(options: QuietClockOptions) {
    this.#options = options;
  }

  /** A time is only for what stays quiet. */
  messageCame(): void {
    this.timeUs = -Infinity;
  }

  /** Nothing is there. In the background, now and then. */
  ask(): void {
    const { settings, onChange } = this.#options;
    if (this.#asking !== undefined || performance.now() - this.#askedMs < (settings.tickEveryMs ?? 1_000)) return;
    this.#asking = this.#ask()
      .catch(error => {
        if (!isPassing(error)) this.failure = error;
      })
      .finally(() => {
        this.#asking = undefined;
        this.#askedMs = performance.now();
        onChange();
      });
  }

  async #ask(): Promise<void> {
    const { settings, api, place, watch, deliveries, queue } = this.#options;
    const { sequence, stream, subject } = place;
    const delivery = deliveries.current;
    const info = await api.streamInfo(stream);
    if (!watch.look(info, sequence)) return;
    const last = info.state.last_seq;
    const next = last > sequence ? await api.nextSequence(stream, sequence + 1, subject) : undefined;
    const isQuiet = queue.size === 0 && place.sequence === sequence && delivery === deliveries.current;
    if (!isQuiet) return;
    if (next !== undefined && next <= last) {
      if (next === this.#stuckSequence) delivery?.break(`message ${next} does not come`);
      this.#stuckSequence = next;
      return;
    }
    this.#stuckSequence = 0;
    deliveries.passTo(info);
    this.timeUs = serverTimeUs(info.ts ?? '') - (settings.tickMarginMs ?? 500) * 1000;
  }
}
