import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import { Acknowledgements } from './acknowledgements.ts';
import type { Lease } from './connection.ts';
import { ApiError, isPassing, type JetStreamApi } from './jetstream-api.ts';
import { consumerRefused } from './nats-errors.ts';
import type { ReadingPlace } from './reading-place.ts';
import { shortUniqueName } from './short-unique-name.ts';

/**
 * The consumer of one source, made again whenever its delivery was broken. Its filter is exactly one subject: several
 * made nats-server a thousand times slower (DESIGN).
 */
export interface StreamConsumer {
  /** Delivers what follows the place, and perhaps some of what stands before it. */
  begin(place: ReadingPlace): Promise<ConsumerInfo>;
  /** Up to here the stream gives nothing any more, as far as that is known. */
  removedUpTo(info: StreamInfo, consumer: ConsumerInfo): number;
  /** It was handled, in this run or before. */
  handled(sequence: number, reply: string): void;
  /** A checkpoint covers everything up to this. Tried again by the next one where the server is away. */
  acknowledge(sequence: number): Promise<void>;
  /** Leaves nothing on the server that is not needed by the next run. */
  end(): Promise<void>;
}

export type StreamConsumerOptions = {
  readonly lease: Lease;
  readonly api: JetStreamApi;
  readonly stream: string;
  readonly subject: string;
  /** Whether the stream stores nothing but what this source reads. */
  readonly isWhole: boolean;
  /** The same in the next run, and of no other source. */
  readonly name: string;
};

/** One for each way in which a stream may keep its messages. */
export const STREAM_CONSUMERS = {
  limits: options => new PassingConsumer(options),
  interest: options => new InterestConsumer(options),
  workqueue: options => new WorkQueueConsumer(options),
} as const satisfies Record<StreamInfo['config']['retention'], (options: StreamConsumerOptions) => StreamConsumer>;

/** The checkpoint owns the offset: nothing is acknowledged, and each delivery has a consumer of its own. */
class PassingConsumer implements StreamConsumer {
  readonly #options: StreamConsumerOptions;
  #name: string | undefined;

  constructor(options: StreamConsumerOptions) {
    this.#options = options;
  }

  async begin(place: ReadingPlace): Promise<ConsumerInfo> {
    const { api, stream, subject } = this.#options;
    void this.end();
    const name = `${this.#options.name}-${shortUniqueName()}`;
    this.#name = name;
    return await created(stream, () =>
      api.createConsumer(stream, {
        name,
        filter_subject: subject,
        deliver_policy: 'by_start_sequence',
        opt_start_seq: place.sequence + 1,
        ack_policy: 'none',
        max_deliver: 1,
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: INACTIVE_MINUTES * 60e9,
      }),
    );
  }

  removedUpTo({ state }: StreamInfo): number {
    return state.first_seq - 1;
  }

  handled(): void {}

  async acknowledge(): Promise<void> {}

  /** What cannot be deleted now is, when it was inactive for some minutes. */
  async end(): Promise<void> {
    const { api, stream } = this.#options;
    const name = this.#name;
    this.#name = undefined;
    if (name !== undefined) await api.deleteConsumer(stream, name).catch(() => {});
  }
}

/**
 * Messages stay until every consumer that wants them has acknowledged them, so the consumer stays too. Each delivery
 * begins behind what was acknowledged: a reset to a later place would acknowledge what no checkpoint covers.
 */
class InterestConsumer implements StreamConsumer {
  readonly #options: StreamConsumerOptions;
  readonly #acknowledgements = new Acknowledgements();
  #covered = 0;

  constructor(options: StreamConsumerOptions) {
    this.#options = options;
  }

  async begin(): Promise<ConsumerInfo> {
    this.#acknowledgements.clear();
    return await beginKept(this.#options, 'all');
  }

  removedUpTo(_info: StreamInfo, { ack_floor }: ConsumerInfo): number {
    return ack_floor.stream_seq;
  }

  handled(sequence: number, reply: string): void {
    this.#acknowledgements.add(sequence, reply);
    if (sequence <= this.#covered) this.#send();
  }

  async acknowledge(sequence: number): Promise<void> {
    this.#covered = Math.max(this.#covered, sequence);
    this.#send();
  }

  async end(): Promise<void> {}

  /** Not waited for: what gets lost is covered by the next one. */
  #send(): void {
    const reply = this.#acknowledgements.take(this.#covered);
    if (reply !== undefined) this.#options.lease.client.publish(reply);
  }
}

/**
 * Nobody else reads these subjects, and messages stay until they are acknowledged. nats-server 2.15 wants each message
 * acknowledged by itself here (`ack_policy: all` is refused), which is seven times slower: what a checkpoint covers is
 * removed instead, by one request.
 */
class WorkQueueConsumer implements StreamConsumer {
  readonly #options: StreamConsumerOptions;
  #covered = 0;
  #removed = 0;
  #removing: Promise<void> | undefined;

  constructor(options: StreamConsumerOptions) {
    this.#options = options;
  }

  async begin(): Promise<ConsumerInfo> {
    return await beginKept(this.#options, 'explicit');
  }

  /** Where others' messages stand between, the first sequence says nothing about ours. */
  removedUpTo({ state }: StreamInfo): number {
    return this.#options.isWhole ? state.first_seq - 1 : 0;
  }

  handled(): void {}

  /** One request at a time; a broker that is away holds up no checkpoint. */
  async acknowledge(sequence: number): Promise<void> {
    this.#covered = Math.max(this.#covered, sequence);
    this.#removing ??= this.#remove().finally(() => (this.#removing = undefined));
    await Promise.race([this.#removing, pause(ACKNOWLEDGE_WAIT_MS)]);
  }

  async end(): Promise<void> {
    await this.#removing?.catch(() => {});
  }

  async #remove(): Promise<void> {
    const { api, stream, subject, isWhole } = this.#options;
    while (this.#removed < this.#covered) {
      const sequence = this.#covered;
      try {
        await api.purge(stream, { seq: sequence + 1, ...(isWhole ? {} : { filter: subject }) });
      } catch (error) {
        if (isPassing(error)) return;
        throw error instanceof ApiError ? consumerRefused(stream, error.message) : error;
      }
      this.#removed = sequence;
    }
  }
}

/** There is no time after which messages come again by themselves, and no bound but the reader's. */
async function beginKept(
  { api, stream, subject, name }: StreamConsumerOptions,
  acknowledgedBy: 'all' | 'explicit',
): Promise<ConsumerInfo> {
  return await created(stream, async () => {
    await api.createConsumer(stream, {
      name,
      durable_name: name,
      filter_subject: subject,
      deliver_policy: 'all',
      ack_policy: acknowledgedBy,
      ack_wait: ACK_WAIT_DAYS * 86_400e9,
      max_ack_pending: -1,
      max_deliver: -1,
    });
    return await api.resetConsumer(stream, name);
  });
}

async function created(stream: string, create: () => Promise<ConsumerInfo>): Promise<ConsumerInfo> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof ApiError) || isPassing(error)) throw error;
    throw consumerRefused(stream, error.message);
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>(resolve => setTimeout(resolve, ms).unref());
}

const ACKNOWLEDGE_WAIT_MS = 1000;
const INACTIVE_MINUTES = 5;
const ACK_WAIT_DAYS = 365;
