import { headers, RequestError, TimeoutError } from '@nats-io/transport-node';
import type { Lease } from './connection.ts';
import { connectionError, messageOf } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';
import { tooLarge } from './publishing-errors.ts';

export type OutgoingMessage = {
  readonly id: string;
  readonly subject: string;
  readonly payload: string;
  readonly contentType: string;
  /** What it is part of, where that is traced. */
  readonly traceParent?: string;
  /** Messages of one key keep their order, whatever happens. */
  readonly key: string;
};

/** A message on its way; it was stored, by this run or one before, where it has a sequence. */
export type Publication = { readonly message: OutgoingMessage; sequence: number | null };

/** What the server says instead of storing a message. */
export class PublishRefusal extends Error {
  readonly kind: 'nobody' | 'refused' | 'moved';
  readonly apiCode: number;
  readonly subject: string;

  constructor(kind: 'nobody' | 'refused' | 'moved', subject: string, what: string, apiCode = 0) {
    super(what);
    this.kind = kind;
    this.subject = subject;
    this.apiCode = apiCode;
  }
}

/**
 * Publishes to one JetStream stream, in order, with a bounded number of messages that are not acknowledged yet. A call need not wait
 * for the one before: its messages are sent behind that one's. At the first failure nothing more is sent, and the error is thrown, to all
 * calls under way, when it is known what became of the rest.
 *
 * Where the server may refuse one message and take a later one (a full stream, a change of the leader), two messages of
 * one key are never on their way together, so that the first of them is stored first.
 *
 * Errors: PublishRefusal · MR5101 (retry) no answer · MR5102 not allowed · MR5125 too large.
 */
export class Publisher {
  readonly #lease: Lease;
  readonly #settings: NatsSettings;
  readonly #stream: string;
  readonly #isByKey: boolean;
  readonly #window = new Set<InFlight>(); // the oldest first; at most WINDOW
  readonly #keys = new Map<string, InFlight>(); // with isByKey: at most WINDOW
  #turn: Promise<unknown> = Promise.resolve(); // of sending
  #callsUnderWay = 0;
  #failed: { readonly error: unknown } | null = null; // of a call that is under way

  constructor(options: {
    readonly lease: Lease;
    readonly settings: NatsSettings;
    readonly stream: string;
    readonly isByKey: boolean;
  }) {
    this.#lease = options.lease;
    this.#settings = options.settings;
    this.#stream = options.stream;
    this.#isByKey = options.isByKey;
  }

  /**
   * `lastSequence`: the first message is stored only if that still is the end of the stream, so that nothing that was
   * sent before has come in between (kind `moved`). Returns how many were sent.
   */
  async publish(publications: readonly Publication[], lastSequence: number | null): Promise<number> {
    const endListening = this.#lease.listen(() => this.#giveUpAll());
    this.#callsUnderWay++;
    try {
      const sending = this.#turn.then(() => this.#sendAll(publications, lastSequence));
      this.#turn = sending;
      const sent = await sending;
      for (const one of sent) await this.#settled(one);
      if (this.#failed !== null) throw this.#failed.error;
      return sent.length;
    } finally {
      endListening();
      this.#callsUnderWay--;
      if (this.#callsUnderWay === 0) this.#failed = null;
    }
  }

  /** Those that were sent: all, unless something fails. Never rejects. */
  async #sendAll(publications: readonly Publication[], lastSequence: number | null): Promise<InFlight[]> {
    const sent: InFlight[] = [];
    let guard = lastSequence;
    for (const publication of publications) {
      if (publication.sequence !== null) continue;
      const before = this.#isByKey ? this.#keys.get(publication.message.key) : undefined;
      if (before !== undefined) await this.#settled(before);
      if (this.#window.size >= WINDOW) await this.#settled(this.#window.values().next().value!);
      if (this.#failed !== null) break;
      const one = this.#send(publication, guard);
      sent.push(one);
      this.#window.add(one);
      if (this.#isByKey) this.#keys.set(one.key, one);
      if (guard !== null) await this.#settled(one);
      guard = null;
    }
    return sent;
  }

  async #settled(one: InFlight): Promise<void> {
    const error = await one.outcome;
    if (error !== null) this.#failed ??= { error };
    this.#window.delete(one);
    if (this.#keys.get(one.key) === one) this.#keys.delete(one.key);
  }

  #giveUpAll(): void {
    for (const one of this.#window) one.settle(this.#lost());
  }

  #send(publication: Publication, lastSequence: number | null): InFlight {
    const { promise: outcome, resolve: settle } = Promise.withResolvers<Error | null>();
    const one = { key: publication.message.key, outcome, settle };
    if (this.#lease.isLost) settle(this.#lost());
    else this.#request(publication, lastSequence).then(settle, settle);
    return one;
  }

  async #request(publication: Publication, lastSequence: number | null): Promise<null> {
    const { subject, id, payload, contentType, traceParent } = publication.message;
    const { client } = this.#lease;
    const bytes = Buffer.from(payload);
    const maxBytes = client.info?.max_payload ?? Infinity;
    if (bytes.length + HEADER_BYTES > maxBytes) throw tooLarge(subject, `${bytes.length} bytes of ${maxBytes}`);
    const header = headers();
    header.set('Nats-Msg-Id', id);
    header.set('Nats-Expected-Stream', this.#stream);
    header.set('Content-Type', contentType);
    if (traceParent !== undefined) header.set('traceparent', traceParent);
    if (lastSequence !== null) header.set('Nats-Expected-Last-Sequence', String(lastSequence));
    const timeout = this.#settings.requestTimeoutMs ?? 5_000;
    let answer: PublishAnswer;
    try {
      const message = await client.request(subject, bytes, { headers: header, timeout });
      answer = message.json() as PublishAnswer; // as: who answers is JetStream, and what is no answer of it has no sequence
    } catch (error) {
      throw this.#failure(subject, error);
    }
    const { error, seq } = answer;
    if (error !== undefined) {
      const kind = error.err_code === WRONG_LAST_SEQUENCE ? 'moved' : 'refused';
      throw new PublishRefusal(kind, subject, error.description, error.err_code);
    }
    if (typeof seq !== 'number') throw new PublishRefusal('refused', subject, 'somebody else answered');
    publication.sequence = seq;
    return null;
  }

  #failure(subject: string, error: unknown): Error {
    if (error instanceof RequestError && error.isNoResponders()) return new PublishRefusal('nobody', subject, 'nobody');
    const cause = error instanceof RequestError ? (error.cause ?? error) : error;
    const isSilent = error instanceof TimeoutError || cause instanceof TimeoutError;
    if (isSilent) return connectionError(this.#settings, new Error('JetStream does not acknowledge'));
    return connectionError(this.#settings, cause instanceof Error ? cause : new Error(messageOf(cause)));
  }

  #lost(): Error {
    return connectionError(this.#settings, new Error('the connection is lost'));
  }
}

type InFlight = {
  readonly key: string;
  readonly outcome: Promise<Error | null>;
  readonly settle: (error: Error | null) => void;
};

type PublishAnswer = {
  readonly seq?: number;
  readonly error?: { readonly err_code: number; readonly description: string };
};

const WINDOW = 256;
export const HEADER_BYTES = 512;
const WRONG_LAST_SEQUENCE = 10071;
