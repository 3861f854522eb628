import type { StreamInfo } from '@nats-io/jetstream';
import type { Lease } from './connection.ts';
import { Delivery, type DeliveryLimits } from './delivery.ts';
import { isPassing, type JetStreamApi } from './jetstream-api.ts';
import type { MessageQueue, RemovedMessages } from './message-queue.ts';
import { consumerReset } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';
import type { ReadingPlace } from './reading-place.ts';
import type { StreamConsumer } from './stream-consumer.ts';
import type { StreamWatch } from './stream-watch.ts';

export type DeliveriesOptions = {
  readonly settings: NatsSettings;
  readonly lease: Lease;
  readonly api: JetStreamApi;
  readonly place: ReadingPlace;
  readonly watch: StreamWatch;
  readonly consumer: StreamConsumer;
  readonly queue: MessageQueue;
  readonly isWhole: boolean;
  readonly needsSubject: boolean;
  /** Something came, or a delivery is broken, or a new one has begun. */
  readonly onChange: () => void;
};

/** One delivery after the other: each begins behind the last message that was handled. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #limits: DeliveryLimits;
  readonly #endListening: () => void;
  #current: Delivery | undefined;
  #beginning: Promise<void> | undefined;
  #removed: RemovedMessages | null = null;
  #isClosed = false;
  /** Why there will be no other one. */
  failure: unknown;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#limits = limitsOf(options.settings, options.lease);
    this.#endListening = options.lease.listen(change => this.#current?.break(`the connection was ${change}`));
  }

  get current(): Delivery | undefined {
    return this.#current;
  }

  /** What is missing before the next message, and was not told yet. */
  get removed(): RemovedMessages | null {
    return this.#removed;
  }

  takeRemoved(): RemovedMessages | null {
    const removed = this.#removed;
    this.#removed = null;
    return removed;
  }

  /**
   * Messages that are stored and did not come yet; null: not known. A consumer that is not asked for anything is gone after
   * some minutes, and then only the end of a stream that is all ours tells.
   */
  async unsent(): Promise<number | null> {
    const { api, place, queue, isWhole } = this.#options;
    const delivery = this.#current;
    if (delivery?.broken === null) {
      const info = await api.consumerInfo(place.stream, delivery.consumer);
      if (info !== undefined) return delivery.unsent(info);
    }
    const info = isWhole ? await api.streamInfo(place.stream) : undefined;
    return info === undefined ? null : Math.max(info.state.last_seq - place.sequence - queue.size, 0);
  }

  /** Nothing of ours is behind the place any more, up to the end of the stream, and it goes on there. */
  passTo({ config, state }: StreamInfo): void {
    const { place, isWhole } = this.#options;
    const { first_seq, last_seq } = state;
    if (isWhole) this.#moveBehind(last_seq);
    else if (config.retention === 'limits') this.#moveBehind(first_seq - 1);
    place.sequence = last_seq;
    this.#current?.passTo(last_seq);
  }

  /** The first one: what is wrong with it is told at once. */
  async open(): Promise<void> {
    await this.#begin();
  }

  /**
   * All that was delivered has been handled: begins another delivery where this one is broken. In the background, so that
   * a read that is aborted does not wait for it. False: there is nothing to do.
   */
  renew(): boolean {
    if (this.#isClosed || (this.#current !== undefined && this.#current.broken === null)) return false;
    if (this.#beginning !== undefined) return true;
    this.#tellWhy();
    this.#beginning = this.#beginUntilDone()
      .catch(error => (this.failure = error))
      .finally(() => {
        this.#beginning = undefined;
        this.#options.onChange();
      });
    return true;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endListening();
    this.#current?.break('it is closed');
    await Promise.race([this.#options.consumer.end(), sleep(CLOSE_WAIT_MS)]);
  }

  async #beginUntilDone(): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; !this.#isClosed; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      while (this.#options.lease.isLost && !this.#isClosed) await sleep(RESTORED_POLL_MS);
      try {
        if (await this.#begin()) return;
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
      await sleep(waitMs);
    }
  }

  /** False: the stream is not there, or not yet. */
  async #begin(): Promise<boolean> {
    const { api, place, watch, consumer, lease, queue, isWhole, needsSubject, onChange } = this.#options;
    const { sequence } = place;
    const info: StreamInfo | undefined = await api.streamInfo(place.stream);
    if (!watch.look(info, sequence)) return false;
    const begun = await consumer.begin(place);
    if (this.#isClosed) return true;
    this.#moveBehind(consumer.removedUpTo(info, begun));
    this.#current = new Delivery({
      client: lease.client,
      prefix: api.prefix,
      info: begun,
      queue,
      limits: this.#limits,
      sequence: place.sequence,
      isWhole,
      needsSubject,
      onChange,
      onSkipped: (sequence, reply) => consumer.handled(sequence, reply),
    });
    return true;
  }

  /** The server moves a start among removed messages on without a word. */
  #moveBehind(removedUpTo: number): void {
    const { place, isWhole } = this.#options;
    const [from, to] = [place.sequence + 1, removedUpTo];
    if (to < from) return;
    if (place.sequence > 0) {
      const first = this.#removed?.from ?? from;
      this.#removed = { count: to - first + 1, isExact: isWhole, from: first, to };
    }
    place.sequence = removedUpTo;
  }

  #tellWhy(): void {
    const reason = this.#current?.broken;
    if (reason === undefined || reason === null || reason.startsWith('the connection was')) return; // told as that
    const { settings, place } = this.#options;
    settings.onWarning?.(consumerReset({ stream: place.stream, reason }));
  }
}

/** Half of what may wait holds the largest message. */
function limitsOf(settings: NatsSettings, { client }: Lease): DeliveryLimits {
  const largestBytes = (client.info?.max_payload ?? 1024 * 1024) + 4096;
  return {
    maxMessages: settings.maxWaitingMessages ?? 16_384,
    maxBytes: Math.max(settings.maxWaitingBytes ?? 32 * 1024 * 1024, 2 * largestBytes),
    idleHeartbeatMs: settings.idleHeartbeatMs ?? 5_000,
  };
}

async function sleep(ms: number): Promise<void> {
  await new Promise<void>(resolve => setTimeout(resolve, ms).unref());
}

const RESTORED_POLL_MS = 50;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
const CLOSE_WAIT_MS = 400;
