import type { StreamInfo } from '@nats-io/jetstream';
import type { Position } from '../../engine/connector.ts';
import { storedFilter, tell } from './alert-stream.ts';
import type { Lease, SharedConnection } from './connection.ts';
import { findStream } from './find-stream.ts';
import { JetStreamApi } from './jetstream-api.ts';
import { madeAnew, noStream, removed } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';
import { covers } from './subject-filter.ts';

/** `storedAt`: by the server's clock, in ISO 8601. */
export type StoredMessage = { readonly position: Position; readonly storedAt: string; readonly payload: Buffer };

/**
 * The messages of a subject that has few: each is asked for by itself, so nothing is on its way that a lost connection
 * could lose, and the server keeps nothing of the reader. What happens to the stream is told, and reading goes on.
 *
 * Errors: MR5101–MR5104 the connection · MR5105 no stream, MR5106 several. Warnings: MR5107 made anew · MR5109 removed.
 */
export class StoredMessages {
  readonly #settings: NatsSettings;
  readonly #lease: Lease;
  readonly #api: JetStreamApi;
  readonly #subject: string;
  readonly #stream: string;
  #created: string;
  #sequence = 0; // everything up to it was read, or is none of its messages

  /** `position`: of the last message that was read; null: none was. */
  static async open(
    settings: NatsSettings,
    connection: SharedConnection,
    { subject, position }: { readonly subject: string; readonly position: Position | null },
  ): Promise<StoredMessages> {
    const lease = await connection.acquire();
    try {
      const api = new JetStreamApi(lease, settings);
      const messages = new StoredMessages({ settings, lease, api, subject }, await findStream(api, subject, settings));
      if (position !== null) messages.#goTo(position);
      return messages;
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  private constructor(
    own: {
      readonly settings: NatsSettings;
      readonly lease: Lease;
      readonly api: JetStreamApi;
      readonly subject: string;
    },
    info: StreamInfo,
  ) {
    this.#settings = own.settings;
    this.#lease = own.lease;
    this.#api = own.api;
    this.#subject = own.subject;
    this.#stream = info.config.name;
    this.#created = info.created;
  }

  /** The next ones, oldest first, at most so many, and fewer where they are large; none: there are no more now. */
  async read(most: number): Promise<readonly StoredMessage[]> {
    const info = await this.#api.streamInfo(this.#stream);
    if (info === undefined) throw noStream(this.#subject, `there is no stream ${this.#stream}`);
    this.#look(info);
    const { last_seq: last } = info.state;
    const filter = storedFilter(info, this.#subject);
    const messages: StoredMessage[] = [];
    let bytes = 0;
    while (messages.length < most && bytes < MAX_BYTES && this.#sequence < last) {
      const asked = this.#api.nextMessage(this.#stream, this.#sequence + 1, filter);
      const found = await asked.catch(error => (messages.length > 0 ? null : Promise.reject(error)));
      if (found === null) break; // what came before it counts, and the next call fails
      this.#sequence = found?.sequence ?? last;
      if (found === undefined) break;
      const { storedAt, payload } = found;
      messages.push({ position: this.#position(), storedAt, payload });
      bytes += payload.length;
    }
    return messages;
  }

  async close(): Promise<void> {
    await this.#lease.release();
  }

  #position(): Position {
    return { stream: this.#stream, created: this.#created, sequence: this.#sequence };
  }

  #goTo({ stream, created, sequence }: Position): void {
    if (stream === this.#stream && created === this.#created) this.#sequence = Number(sequence);
    else tell(this.#settings, madeAnew(this.#stream, `before, ${stream} of ${created} was read`));
  }

  #look({ created, state, config }: StreamInfo): void {
    if (created !== this.#created) {
      tell(this.#settings, madeAnew(this.#stream, `it was made anew at ${created}`));
      this.#created = created;
      this.#sequence = 0;
    }
    if (state.last_seq < this.#sequence) {
      tell(this.#settings, madeAnew(this.#stream, `it ends at ${state.last_seq}, and ${this.#sequence} was read`));
      this.#sequence = state.last_seq;
    }
    const from = this.#sequence + 1;
    const isOfSubject = (config.subjects ?? []).every(pattern => covers(this.#subject, pattern));
    if (from > 1 && state.first_seq > from && isOfSubject) {
      tell(this.#settings, removed({ stream: this.#stream, from, to: state.first_seq - 1 }));
      this.#sequence = state.first_seq - 1;
    }
  }
}

const MAX_BYTES = 8_000_000;
