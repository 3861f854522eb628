import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { MillraceError } from '../../engine/errors.ts';
import { findAlertStream, tell } from './alert-stream.ts';
import type { Lease, SharedConnection } from './connection.ts';
import { isPassing, JetStreamApi } from './jetstream-api.ts';
import type { NatsSettings } from './nats-settings.ts';
import { OncePublisher } from './once-publisher.ts';
import { HEADER_BYTES, type OutgoingMessage, type Publication } from './publisher.ts';

/**
 * Publishes messages as a machine does, each once, and goes on when a server that was away is back.
 *
 * Errors: those of `open` and of OncePublisher that are not passing.
 */
export class Telemetry {
  readonly stream: string;
  /** Of a payload that the server and the stream take. */
  readonly maxBytes: number;
  readonly #settings: NatsSettings;
  readonly #lease: Lease;
  readonly #publisher: OncePublisher;
  #published = 0;
  #toldCode = ''; // since the last that came through

  private constructor(options: {
    readonly settings: NatsSettings;
    readonly lease: Lease;
    readonly publisher: OncePublisher;
    readonly maxBytes: number;
  }) {
    this.stream = options.publisher.position.stream;
    this.maxBytes = options.maxBytes;
    this.#settings = options.settings;
    this.#lease = options.lease;
    this.#publisher = options.publisher;
  }

  /**
   * `pattern`: all subjects that are published to; the ids of its messages begin with `idPrefix`, and nobody else's do.
   *
   * Errors: MR5101–MR5104 the connection · MR5121 no stream, MR5122 several.
   */
  static async open(
    settings: NatsSettings,
    connection: SharedConnection,
    { pattern, idPrefix }: { readonly pattern: string; readonly idPrefix: string },
  ): Promise<Telemetry> {
    const lease = await connection.acquire();
    try {
      const api = new JetStreamApi(lease, settings);
      const info = await findAlertStream(api, pattern);
      const isOwn = (id: string) => id.startsWith(idPrefix);
      const publisher = new OncePublisher({ settings, lease, api, info, pattern, isOwn, position: null });
      const { max_msg_size: ofStream = -1 } = info.config;
      const ofServer = lease.client.info?.max_payload ?? Infinity;
      const maxBytes = (ofStream > 0 ? Math.min(ofStream, ofServer) : ofServer) - HEADER_BYTES;
      return new Telemetry({ settings, lease, publisher, maxBytes });
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  /** Messages that the stream has acknowledged. */
  get published(): number {
    return this.#published;
  }

  /** Resolves when all are acknowledged; waits for as long as that takes, or until the signal aborts. */
  async publish(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    const publications = messages.map((message): Publication => ({ message, sequence: null }));
    const before = this.#published;
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        await orAborted(this.#publisher.publish(publications), signal);
        this.#toldCode = '';
        return;
      } catch (error) {
        if (!(error instanceof MillraceError) || !isPassing(error)) throw error;
        this.#tellOnce(error);
      } finally {
        this.#published = before + publications.filter(({ sequence }) => sequence !== null).length;
      }
      await delay(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  async close(): Promise<void> {
    await this.#lease.release();
  }

  /** A lost connection tells of itself. */
  #tellOnce({ code, message, hint }: MillraceError): void {
    if (this.#toldCode === code) return;
    this.#toldCode = code;
    if (code === 'MR5101' && this.#lease.isLost) return;
    tell(this.#settings, { code, message, ...(hint === undefined ? {} : { hint }) });
  }
}

/** What is under way when the signal aborts has a moment to be acknowledged, and is left behind where it is not. */
async function orAborted(publishing: Promise<void>, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  const aborted = async () => {
    await once(signal, 'abort', { signal: ended.signal });
    await delay(LAST_WAIT_MS, undefined, { signal: ended.signal });
  };
  try {
    await Promise.race([publishing, aborted()]);
  } finally {
    ended.abort();
  }
}

const LAST_WAIT_MS = 400;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;
