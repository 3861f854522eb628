import { type Msg, RequestError, TimeoutError } from '@nats-io/transport-node';
import type { ConsumerConfig, ConsumerInfo, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { MillraceError } from '../../engine/errors.ts';
import type { Lease } from './connection.ts';
import { connectionError, messageOf, noJetStream } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';

/**
 * What Millrace asks of JetStream: plain requests and answers, as the client library's managers make a request of their
 * own for each object, and know nothing of a reset.
 *
 * Errors: MR5101 no answer in time, or not now (retry) · MR5102 not allowed · MR5104 no JetStream · ApiError what the
 * server refuses.
 */
export class JetStreamApi {
  readonly prefix: string;
  readonly #lease: Lease;
  readonly #settings: NatsSettings;

  constructor(lease: Lease, settings: NatsSettings) {
    this.#lease = lease;
    this.#settings = settings;
    this.prefix = settings.domain === undefined ? '$JS.API' : `$JS.${settings.domain}.API`;
  }

  /** Names of streams whose subjects meet this one. */
  async streamNames(subject: string): Promise<string[]> {
    const names: string[] = [];
    for (;;) {
      const page = await this.#request<{ streams?: string[] | null; total: number }>('STREAM.NAMES', {
        subject,
        offset: names.length,
      });
      const streams = page.streams ?? [];
      names.push(...streams);
      if (streams.length === 0 || names.length >= page.total) return names.sort();
    }
  }

  /** Undefined: there is no such stream. */
  async streamInfo(stream: string): Promise<StreamInfo | undefined> {
    return await orAbsent(this.#request<StreamInfo>(`STREAM.INFO.${stream}`), STREAM_NOT_FOUND);
  }

  async createStream(config: Partial<StreamConfig> & { readonly name: string }): Promise<StreamInfo> {
    return await this.#request<StreamInfo>(`STREAM.CREATE.${config.name}`, config);
  }

  async updateStream(config: Partial<StreamConfig> & { readonly name: string }): Promise<StreamInfo> {
    return await this.#request<StreamInfo>(`STREAM.UPDATE.${config.name}`, config);
  }

  /** Creates it, or changes the one of that name. */
  async createConsumer(
    stream: string,
    config: Partial<ConsumerConfig> & { readonly name: string; readonly filter_subject: string },
  ): Promise<ConsumerInfo> {
    const subject = `CONSUMER.CREATE.${stream}.${config.name}.${config.filter_subject}`;
    return await this.#request<ConsumerInfo>(subject, { stream_name: stream, config });
  }

  /** Undefined: there is no such consumer. */
  async consumerInfo(stream: string, consumer: string): Promise<ConsumerInfo | undefined> {
    return await orAbsent(this.#request<ConsumerInfo>(`CONSUMER.INFO.${stream}.${consumer}`), CONSUMER_NOT_FOUND);
  }

  /** Makes the consumer deliver again from behind what was acknowledged. Since nats-server 2.14. */
  async resetConsumer(stream: string, consumer: string): Promise<ConsumerInfo> {
    return await this.#request<ConsumerInfo>(`CONSUMER.RESET.${stream}.${consumer}`);
  }

  async deleteConsumer(stream: string, consumer: string): Promise<void> {
    await this.#request(`CONSUMER.DELETE.${stream}.${consumer}`);
  }

  /** Removes what is older than a sequence, of one subject or of all. */
  async purge(stream: string, what: { readonly seq: number; readonly filter?: string }): Promise<void> {
    await this.#request(`STREAM.PURGE.${stream}`, what);
  }

  /** The sequence of the first message at or behind `sequence` whose subject fits. Undefined: there is none. */
  async nextSequence(stream: string, sequence: number, subject: string): Promise<number | undefined> {
    return (await this.nextMessage(stream, sequence, subject))?.sequence;
  }

  /** That message. Undefined: there is none. */
  async nextMessage(
    stream: string,
    sequence: number,
    subject: string,
  ): Promise<{ readonly sequence: number; readonly storedAt: string; readonly payload: Buffer } | undefined> {
    const found = await orAbsent(
      this.#request<{ message: { seq: number; time: string; data?: string } }>(`STREAM.MSG.GET.${stream}`, {
        seq: sequence,
        next_by_subj: subject,
      }),
      NO_MESSAGE_FOUND,
    );
    if (found === undefined) return undefined;
    const { seq, time, data = '' } = found.message;
    return { sequence: seq, storedAt: time, payload: Buffer.from(data, 'base64') };
  }

  async #request<T extends object>(subject: string, body?: object): Promise<T> {
    const timeout = this.#settings.requestTimeoutMs ?? 5_000;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    let answer: Msg;
    try {
      answer = await this.#orLost(this.#lease.client.request(`${this.prefix}.${subject}`, payload, { timeout }));
    } catch (error) {
      throw this.#failure(subject, error);
    }
    // as: JetStream's answers to the requests of this file have these members.
    const content = answer.json() as T & { error?: { code: number; err_code: number; description: string } };
    if (content.error === undefined) return content;
    throw this.#refusal(content.error);
  }

  /** What was asked on a connection that is lost since is never answered. */
  async #orLost<T>(answer: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const lost = () => reject(new Error('the connection is lost'));
    if (this.#lease.isLost) lost();
    const endListening = this.#lease.listen(lost);
    try {
      return await Promise.race([answer, promise]);
    } finally {
      endListening();
    }
  }

  #failure(subject: string, error: unknown): Error {
    if (error instanceof RequestError && error.isNoResponders()) {
      return subject.startsWith('CONSUMER.RESET.')
        ? new ApiError(404, 0, 'it is not there')
        : noJetStream(this.#settings);
    }
    const isSilent = error instanceof TimeoutError || (error as Error).cause instanceof TimeoutError;
    return connectionError(this.#settings, isSilent ? new Error('JetStream does not answer') : inner(error));
  }

  #refusal({ code, err_code, description }: { code: number; err_code: number; description: string }): Error {
    if (NOT_ENABLED.includes(err_code)) return noJetStream(this.#settings);
    if (code !== 503) return new ApiError(code, err_code, description);
    return connectionError(this.#settings, new Error(`JetStream says: ${description}`));
  }
}

/** What JetStream answered instead of doing it. */
export class ApiError extends Error {
  readonly status: number;
  readonly apiCode: number;

  constructor(status: number, apiCode: number, description: string) {
    super(description);
    this.name = 'ApiError';
    this.status = status;
    this.apiCode = apiCode;
  }
}

/** Whether it is worth while to try again. */
export function isPassing(error: unknown): boolean {
  return error instanceof MillraceError && error.retry === 'backoff';
}

async function orAbsent<T>(answer: Promise<T>, apiCode: number): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.apiCode === apiCode) return undefined;
    throw error;
  }
}

function inner(error: unknown): unknown {
  return error instanceof RequestError && error.cause !== undefined ? error.cause : new Error(messageOf(error));
}

const STREAM_NOT_FOUND = 10059;
const CONSUMER_NOT_FOUND = 10014;
const NO_MESSAGE_FOUND = 10037;
const NOT_ENABLED = [10039, 10076];
