import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import { nuid } from '@nats-io/transport-node';
import { ApiError, isPassing, type JetStreamApi } from './jetstream-api.ts';
import { consumerRefused } from './nats-errors.ts';
import type { ReadingPlace } from './reading-place.ts';

/**
 * The consumer of one source, made again whenever its delivery was broken. Its filter is exactly one subject: several
 * made nats-server a thousand times slower (DESIGN).
 */
export interface StreamConsumer {
  /** Whether the stream keeps messages until they are acknowledged. */
  readonly isAcknowledged: boolean;
  /** Delivers what follows the place; an acknowledged one delivers more, from behind what was acknowledged. */
  begin(place: ReadingPlace): Promise<ConsumerInfo>;
  /** Leaves nothing on the server that is not needed by the next run. */
  end(): Promise<void>;
}

export function createStreamConsumer(options: {
  readonly api: JetStreamApi;
  readonly info: StreamInfo;
  readonly subject: string;
  readonly namePrefix: string;
  /** Of the stream of events, which is the same in the next run. */
  readonly id: string;
}): StreamConsumer {
  const { api, info, subject, namePrefix, id } = options;
  const stream = info.config.name;
  const isAcknowledged = info.config.retention !== 'limits';
  return isAcknowledged
    ? new KeptConsumer({ api, stream, subject, name: `${namePrefix}-${id}` })
    : new PassingConsumer({ api, stream, subject, namePrefix: `${namePrefix}-${id}` });
}

type ConsumerOptions = { readonly api: JetStreamApi; readonly stream: string; readonly subject: string };

/** The checkpoint owns the offset: nothing is acknowledged, and each delivery has a consumer of its own. */
class PassingConsumer implements StreamConsumer {
  readonly isAcknowledged = false;
  readonly #options: ConsumerOptions & { readonly namePrefix: string };
  #name: string | undefined;

  constructor(options: ConsumerOptions & { readonly namePrefix: string }) {
    this.#options = options;
  }

  async begin(place: ReadingPlace): Promise<ConsumerInfo> {
    const { api, stream, subject, namePrefix } = this.#options;
    void this.end();
    const name = `${namePrefix}-${nuid.next()}`;
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

  /** What cannot be deleted now is, when it was inactive for some minutes. */
  async end(): Promise<void> {
    const { api, stream } = this.#options;
    const name = this.#name;
    this.#name = undefined;
    if (name !== undefined) await api.deleteConsumer(stream, name).catch(() => {});
  }
}

/**
 * Messages stay in the stream until they are acknowledged, so the consumer stays too. Each delivery begins behind what
 * was acknowledged: a reset to a later place would leave messages behind that nobody ever gets. There is no time after
 * which messages come again by themselves.
 */
class KeptConsumer implements StreamConsumer {
  readonly isAcknowledged = true;
  readonly #options: ConsumerOptions & { readonly name: string };

  constructor(options: ConsumerOptions & { readonly name: string }) {
    this.#options = options;
  }

  async begin(): Promise<ConsumerInfo> {
    const { api, stream, subject, name } = this.#options;
    return await created(stream, async () => {
      await api.createConsumer(stream, {
        name,
        durable_name: name,
        filter_subject: subject,
        deliver_policy: 'all',
        ack_policy: 'all',
        ack_wait: ACK_WAIT_DAYS * 86_400e9,
        max_ack_pending: -1,
        max_deliver: -1,
      });
      return await api.resetConsumer(stream, name);
    });
  }

  async end(): Promise<void> {}
}

async function created(stream: string, create: () => Promise<ConsumerInfo>): Promise<ConsumerInfo> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof ApiError) || isPassing(error)) throw error;
    throw consumerRefused(stream, error.message);
  }
}

const INACTIVE_MINUTES = 5;
const ACK_WAIT_DAYS = 365;
