import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { ConsumerInfo } from '@nats-io/jetstream';
import { headersOf } from './message-headers.ts';
import type { MessageQueue, RemovedMessages } from './message-queue.ts';
import { messageOf } from './nats-errors.ts';
import { ReplySubject } from './reply-subject.ts';
import { shortUniqueName } from './short-unique-name.ts';

export type DeliveryLimits = {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly idleHeartbeatMs: number;
};

/**
 * One life of a consumer: it asks for messages, and takes them while they are contiguous. Where the server counts on,
 * and we have not seen it all, or it says that something is wrong, or nothing at all, the delivery is broken for good:
 * whatever comes then is dropped, and another one begins behind the last message that was taken.
 *
 * What is asked for and what waits are bounded together. More is asked for only by `ask`, the reader's credit.
 */
export class Delivery {
  readonly consumer: string;
  readonly #client: NatsConnection;
  readonly #pullSubject: string;
  readonly #queue: MessageQueue;
  readonly #limits: DeliveryLimits;
  readonly #isWhole: boolean;
  readonly #needsSubject: boolean;
  readonly #onChange: () => void;
  readonly #onSkipped: (sequence: number, reply: string) => void;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #replySubject = new ReplySubject();
  #sequence: number; // of the last message that was taken, or passed over
  #delivered = 0;
  #pending: number;
  #requested = 0; // messages that were asked for, and did not come yet
  #requestedBytes = 0;
  #heardMs = 0;
  #hasHeard = false; // since `listen`
  #broken: string | null = null;

  constructor(options: {
    readonly client: NatsConnection;
    readonly prefix: string;
    readonly info: ConsumerInfo;
    readonly queue: MessageQueue;
    readonly limits: DeliveryLimits;
    /** The last one that was handled: what is delivered up to it is passed over. */
    readonly sequence: number;
    /** Whether every message of the stream is one of this consumer, so that sequences have no gaps. */
    readonly isWhole: boolean;
    readonly needsSubject: boolean;
    readonly onChange: () => void;
    readonly onSkipped: (sequence: number, reply: string) => void;
  }) {
    const { client, prefix, info } = options;
    this.consumer = info.name;
    this.#client = client;
    this.#pullSubject = `${prefix}.CONSUMER.MSG.NEXT.${info.stream_name}.${info.name}`;
    this.#queue = options.queue;
    this.#limits = options.limits;
    this.#isWhole = options.isWhole;
    this.#needsSubject = options.needsSubject;
    this.#onChange = options.onChange;
    this.#onSkipped = options.onSkipped;
    this.#sequence = options.sequence;
    this.#pending = info.num_pending;
    this.#inbox = `_INBOX.${shortUniqueName()}`;
    this.#subscription = client.subscribe(this.#inbox, { callback: (error, message) => this.#receive(error, message) });
  }

  /** Why it is broken; null: it is not. */
  get broken(): string | null {
    return this.#broken;
  }

  /** Messages that wait behind the last one that came, as the server says of the consumer; some are on their way. */
  unsent({ delivered, num_pending }: ConsumerInfo): number {
    return Math.max(delivered.consumer_seq - this.#delivered, 0) + num_pending;
  }

  /** What comes up to here was removed before it came, and is told as that. */
  passTo(sequence: number): void {
    this.#sequence = Math.max(this.#sequence, sequence);
  }

  /** Asks for more where half of what may wait is free. */
  ask(): void {
    if (this.#broken !== null) return;
    const { maxMessages, maxBytes, idleHeartbeatMs } = this.#limits;
    const messages = maxMessages - this.#queue.size - this.#requested;
    const bytes = maxBytes - this.#queue.bytes - this.#requestedBytes;
    if (messages * 2 < maxMessages || bytes * 2 < maxBytes) return;
    if (this.#requested === 0) this.#heardMs = performance.now();
    this.#requested += messages;
    this.#requestedBytes += bytes;
    const request = {
      batch: messages,
      max_bytes: bytes,
      expires: 6 * idleHeartbeatMs * NANOSECONDS,
      idle_heartbeat: idleHeartbeatMs * NANOSECONDS,
    };
    this.#client.publish(this.#pullSubject, JSON.stringify(request), { reply: this.#inbox });
  }

  /**
   * Breaks it where the server is silent though something was asked for. What came while the program was busy has been
   * looked at before.
   */
  listen(): void {
    if (this.#hasHeard) this.#heardMs = performance.now();
    this.#hasHeard = false;
    if (this.#requested === 0 || this.#broken !== null) return;
    const silentMs = performance.now() - this.#heardMs;
    if (silentMs > 2 * this.#limits.idleHeartbeatMs + SLACK_MS) this.break('the server is silent');
  }

  break(why: string): void {
    if (this.#broken !== null) return;
    this.#broken = why;
    this.#subscription.unsubscribe();
    this.#onChange();
  }

  /** Must not throw: the client library has no place for that. */
  #receive(error: Error | null, message: Msg): void {
    if (this.#broken !== null) return;
    if (error !== null) return this.break(messageOf(error));
    this.#hasHeard = true;
    const replySubject = this.#replySubject;
    const reply = message.reply ?? '';
    if (!replySubject.parse(reply)) return this.#takeStatus(message);
    const { sequence, delivery, timeUs, pending } = replySubject;
    if (delivery !== this.#delivered + 1) {
      return this.break(`delivery ${this.#delivered + 1} is missing, ${delivery} came`);
    }
    this.#delivered = delivery;
    const payload = message.data;
    const bytes = payload.length + reply.length + OVERHEAD_BYTES;
    this.#count(1, bytes);
    const removed = this.#removedBefore(sequence, pending);
    this.#pending = pending;
    if (sequence <= this.#sequence) return this.#onSkipped(sequence, reply);
    this.#sequence = sequence;
    const subject = this.#needsSubject ? message.subject : null;
    this.#queue.push({ payload, headers: headersOf(message), subject, reply, sequence, timeUs, bytes, removed });
    this.#onChange();
  }

  /**
   * Messages between the last one and this one that were removed from the stream. Where others' messages lie between,
   * it shows in what is pending: that falls by more than one.
   */
  #removedBefore(sequence: number, pending: number): RemovedMessages | null {
    const jumped = sequence - this.#sequence - 1;
    if (jumped <= 0) return null;
    const range = { from: this.#sequence + 1, to: sequence - 1 };
    if (this.#isWhole && this.#sequence > 0) return { count: jumped, isExact: true, ...range };
    const count = Math.min(this.#pending - 1 - pending, jumped);
    return count > 0 && this.#delivered > 1 ? { count, isExact: true, ...range } : null;
  }

  #takeStatus(message: Msg): void {
    const headers = headersOf(message);
    const code = headers?.code ?? 0;
    const text = headers?.description ?? '';
    if (code === 100) return this.#takeHeartbeat(Number(headers?.get('Nats-Last-Consumer') || Number.NaN));
    if (code === 408 || code === 404 || (code === 409 && isEndOfRequest(text))) {
      this.#count(Number(headers?.get('Nats-Pending-Messages') || 0), Number(headers?.get('Nats-Pending-Bytes') || 0));
      return this.#onChange();
    }
    this.break(code === 503 ? 'the consumer is not there' : `the server says: ${text || code}`);
  }

  /** What the server has sent and did not arrive before this never will. */
  #takeHeartbeat(delivered: number): void {
    if (delivered > this.#delivered) this.break(`delivery ${this.#delivered + 1} is missing, ${delivered} was sent`);
  }

  #count(messages: number, bytes: number): void {
    this.#requested = Math.max(this.#requested - messages, 0);
    this.#requestedBytes = this.#requested === 0 ? 0 : Math.max(this.#requestedBytes - bytes, 0);
  }
}

/** Of one request: others and the next ones are served. */
function isEndOfRequest(text: string): boolean {
  return /^(batch completed|message size exceeds maxbytes)/i.test(text);
}

/** Of a message's subject and its objects, about. */
const OVERHEAD_BYTES = 64;
const NANOSECONDS = 1_000_000;
const SLACK_MS = 500;
