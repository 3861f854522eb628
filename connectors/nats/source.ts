import type { StreamInfo } from '@nats-io/jetstream';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { createMessageDecoder, isMessageCodec, type MessageDecoder } from '../codecs/message-decoder.ts';
import type { Lease, SharedConnection } from './connection.ts';
import { Delivery, type DeliveryLimits } from './delivery.ts';
import { findStream, requirePublishedSubjects, stores } from './find-stream.ts';
import { isPassing, JetStreamApi } from './jetstream-api.ts';
import { MessageQueue, type RemovedMessages, type WaitingMessage } from './message-queue.ts';
import { consumerReset, otherAddress, otherSubjects, removedReason, streamGone, wrongCodec } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';
import { askQuietStream } from './quiet-stream.ts';
import { ReadingPlace } from './reading-place.ts';
import { STREAM_CONSUMERS, type StreamConsumer } from './stream-consumer.ts';
import { covers } from './subject-filter.ts';

/**
 * Opens what a JetStream stream stores under an address, a subject with wildcards. A position is the sequence of the
 * last message that was handled.
 *
 * Errors: MR5101–MR5104 the connection · MR5105 no stream, MR5106 several · MR5107 not the stream of the position ·
 * MR5110 the subjects are rewritten · MR5111 no consumer · MR5115 the codec. While it is read: MR5107, MR5108 the stream
 * was made anew or deleted. Warnings: MR5101 the connection is lost · MR5113 other subjects · MR5114 a new consumer.
 */
export async function openNatsSource(
  settings: NatsSettings,
  connection: SharedConnection,
  options: SourceOptions,
): Promise<Source> {
  const { source, builder, position } = options;
  const { address: subject, codec } = source;
  if (codec !== null && !isMessageCodec(codec)) throw wrongCodec(subject, codec);
  const decoder = createMessageDecoder({ codec, builder });
  const lease = await connection.acquire();
  try {
    const api = new JetStreamApi(lease, settings);
    const info = await findStream(api, subject, settings);
    requirePublishedSubjects(info, { subject, isNamed: settings.streams?.[subject] !== undefined, builder });
    const place = placeOf(info, subject, position, settings);
    builder.sourceName = `nats ${info.config.name} ${info.created}`; // what is made anew gives its sequences again
    const consumer = STREAM_CONSUMERS[info.config.retention]({
      lease,
      api,
      stream: info.config.name,
      subject,
      isWhole: isWhole(info, subject),
      name: `${settings.consumerPrefix ?? 'millrace'}-${source.id}`,
    });
    const opened = new NatsSource({ settings, lease, api, place, consumer, builder, decoder, info });
    await opened.open();
    return opened;
  } catch (error) {
    await lease.release();
    throw error;
  }
}

class NatsSource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #settings: NatsSettings;
  readonly #lease: Lease;
  readonly #api: JetStreamApi;
  readonly #place: ReadingPlace;
  readonly #consumer: StreamConsumer;
  readonly #builder: BatchBuilder;
  readonly #decoder: MessageDecoder;
  readonly #needsSubject: boolean;
  readonly #isWhole: boolean;
  readonly #limits: DeliveryLimits;
  readonly #queue = new MessageQueue();
  readonly #endListening: () => void;
  #delivery: Delivery | undefined;
  #beginning: Promise<void> | undefined; // of the next delivery
  #removed: RemovedMessages | null = null; // before the next message, not told yet
  #arrivalUs = -Infinity; // of what was handed over
  #tickUs = -Infinity; // to be handed over, unless something comes before
  #askedMs: number;
  #asking: Promise<void> | undefined;
  #stuckSequence = 0; // of a message that was there when the quiet stream was asked, and had not come
  #goneSinceMs = Number.NaN;
  #isStored = true;
  #failure: unknown;
  #isClosed = false;
  #wake: (() => void) | undefined; // of a read that waits

  constructor(options: {
    readonly settings: NatsSettings;
    readonly lease: Lease;
    readonly api: JetStreamApi;
    readonly place: ReadingPlace;
    readonly consumer: StreamConsumer;
    readonly builder: BatchBuilder;
    readonly decoder: MessageDecoder;
    readonly info: StreamInfo;
  }) {
    const { settings, lease, place, consumer, builder, info } = options;
    this.#settings = settings;
    this.#lease = lease;
    this.#api = options.api;
    this.#place = place;
    this.#consumer = consumer;
    this.#builder = builder;
    this.#decoder = options.decoder;
    this.#needsSubject = builder.slots.some(({ origin }) => origin.kind === 'subject');
    this.#isWhole = isWhole(info, place.subject);
    this.#limits = limitsOf(settings, lease);
    this.#askedMs = performance.now();
    this.#endListening = lease.listen(change => this.#delivery?.break(`the connection was ${change}`));
  }

  /** The first delivery: what is wrong with it is told at once. */
  async open(): Promise<void> {
    try {
      await this.#begin();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const builder = this.#builder;
    builder.limit({ maxEvents });
    while (!signal.aborted) {
      this.#takeAll();
      this.#delivery?.ask();
      if (builder.size > 0) break;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#tickUs > this.#arrivalUs) {
        if (this.#removed === null) return this.#takeTick();
        this.#rejectQuietly();
        break;
      }
      if (this.#delivery === undefined || this.#delivery.broken !== null) this.#beginAgain();
      else this.#askIfQuiet();
      await this.#wait(signal);
    }
    return { kind: 'batch', batch: builder.build(), position: this.#position };
  }

  async acknowledge({ sequence }: Position): Promise<void> {
    if (typeof sequence === 'number') await this.#consumer.acknowledge(sequence);
  }

  /** Of what waits here the server knows what is behind it; else it is asked whether there is anything. */
  async backlog(): Promise<number> {
    const pending = this.#delivery?.pending ?? 0;
    if (this.#queue.size > 0) return this.#queue.size + pending;
    const { stream, subject, sequence } = this.#place;
    const next = await this.#api.nextSequence(stream, sequence + 1, subject);
    return next === undefined ? 0 : Math.max(pending, 1);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endListening();
    this.#delivery?.break('it is closed');
    await Promise.race([this.#consumer.end(), sleep(CLOSE_WAIT_MS)]);
    await this.#lease.release();
  }

  #takeAll(): void {
    const builder = this.#builder;
    let last: WaitingMessage | undefined;
    while (builder.hasRoom) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#take(next);
      last = next;
    }
    if (last === undefined) return;
    this.#arrivalUs = Math.max(this.#arrivalUs, last.timeUs);
    this.#tickUs = -Infinity; // a tick is only for what stays quiet
    this.#consumer.handled(last.sequence, last.message.reply!);
  }

  #take({ message, sequence, timeUs, removed }: WaitingMessage): void {
    const builder = this.#builder;
    builder.arrivalUs = timeUs;
    builder.startMessage(sequence);
    this.#reject(this.#removed);
    this.#reject(removed);
    this.#removed = null;
    this.#decoder.take(message.data, {
      place: `sequence ${sequence}`,
      ...(this.#needsSubject ? { subject: message.subject } : {}),
      encoding: message.headers?.get('Content-Encoding') || null,
    });
    this.#place.sequence = sequence;
  }

  #reject(removed: RemovedMessages | null): void {
    if (removed === null) return;
    const reason = removedReason({ stream: this.#place.stream, ...removed });
    this.#builder.reject({ code: 'MR5109', reason, raw: '' });
  }

  #takeTick(): SourceRead {
    const arrivalUs = this.#tickUs;
    this.#arrivalUs = arrivalUs;
    return { kind: 'tick', arrivalUs, position: this.#position };
  }

  /** What is missing is told though nothing came behind it. */
  #rejectQuietly(): void {
    this.#builder.arrivalUs = this.#tickUs;
    this.#reject(this.#removed);
    this.#removed = null;
  }

  /** Before what is missing until that was told, so that no checkpoint passes it over. */
  get #position(): Position {
    const { position } = this.#place;
    return this.#removed === null ? position : { ...position, sequence: this.#removed.from - 1 };
  }

  /** Until something changes, or it is time to look. Then all that has arrived by now is taken together. */
  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LOOK_EVERY_MS);
    this.#wake = resolve;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', this.#onAbort);
    await new Promise(setImmediate);
    this.#delivery?.listen();
  }

  readonly #onAbort = (): void => this.#changed();

  /** Called for each message, and resolves once. */
  #changed(): void {
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#wake = undefined;
    wake();
  }

  // ---------------------------------------------------------------- deliveries

  /** In the background: a read that is aborted does not wait for it. */
  #beginAgain(): void {
    if (this.#beginning !== undefined) return;
    this.#tellReset();
    this.#beginning = this.#beginUntilDone()
      .catch(error => (this.#failure = error))
      .finally(() => {
        this.#beginning = undefined;
        this.#changed();
      });
  }

  async #beginUntilDone(): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; !this.#isClosed; waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      while (this.#lease.isLost && !this.#isClosed) await sleep(RESTORED_POLL_MS);
      try {
        if (await this.#begin()) return;
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
      await sleep(waitMs);
    }
  }

  /** All that was delivered before is handled by now. False: the stream is not there, or not yet. */
  async #begin(): Promise<boolean> {
    const { stream } = this.#place;
    const info = await this.#api.streamInfo(stream);
    if (!this.#isThere(info)) return false;
    this.#place.require(info!);
    this.#noteStored(info!);
    const consumer = await this.#consumer.begin(this.#place);
    if (this.#isClosed) return true;
    this.#moveBehind(this.#consumer.removedUpTo(info!, consumer));
    this.#delivery = new Delivery({
      client: this.#lease.client,
      prefix: this.#api.prefix,
      info: consumer,
      queue: this.#queue,
      limits: this.#limits,
      sequence: this.#place.sequence,
      isWhole: this.#isWhole,
      onChange: () => this.#changed(),
      onSkipped: (sequence, reply) => this.#consumer.handled(sequence, reply),
    });
    this.#askedMs = performance.now();
    return true;
  }

  /** The server moves a start among removed messages on without a word. */
  #moveBehind(lostSequence: number): void {
    const place = this.#place;
    const [from, to] = [place.sequence + 1, lostSequence];
    if (to < from) return;
    if (place.sequence > 0) this.#removed = { count: to - from + 1, isExact: this.#isWhole, from, to };
    place.sequence = lostSequence;
  }

  #tellReset(): void {
    const reason = this.#delivery?.broken;
    if (reason === undefined || reason === null || reason.startsWith('the connection was')) return; // told as that
    this.#settings.onWarning?.(consumerReset({ stream: this.#place.stream, reason }));
  }

  // ---------------------------------------------------------------- while nothing comes

  #askIfQuiet(): void {
    const { tickEveryMs = 1_000 } = this.#settings;
    if (this.#asking !== undefined || performance.now() - this.#askedMs < tickEveryMs) return;
    this.#asking = this.#ask()
      .catch(error => {
        if (!isPassing(error)) this.#failure = error;
      })
      .finally(() => {
        this.#asking = undefined;
        this.#askedMs = performance.now();
        this.#changed();
      });
  }

  async #ask(): Promise<void> {
    const { sequence } = this.#place;
    const delivery = this.#delivery;
    const found = await askQuietStream(this.#api, this.#place);
    if (found === 'gone') return void this.#isThere(undefined);
    this.#isThere(found.info);
    this.#noteStored(found.info);
    this.#place.require(found.info);
    const isQuiet = this.#queue.size === 0 && this.#place.sequence === sequence && delivery === this.#delivery;
    if (!isQuiet) return;
    if ('waiting' in found) {
      if (found.waiting === this.#stuckSequence) delivery?.break(`message ${found.waiting} does not come`);
      this.#stuckSequence = found.waiting;
      return;
    }
    this.#stuckSequence = 0;
    this.#place.sequence = found.sequence;
    this.#tickUs = found.timeUs - (this.#settings.tickMarginMs ?? 500) * 1000;
  }

  /** A server that is starting may not know its streams yet: only one that stays away is gone. Errors: MR5108. */
  #isThere(info: StreamInfo | undefined): boolean {
    if (info !== undefined) {
      this.#goneSinceMs = Number.NaN;
      return true;
    }
    const nowMs = performance.now();
    if (Number.isNaN(this.#goneSinceMs)) this.#goneSinceMs = nowMs;
    if (nowMs - this.#goneSinceMs > GONE_AFTER_MS) throw streamGone(this.#place.stream);
    return false;
  }

  #noteStored(info: StreamInfo): void {
    const { stream, subject } = this.#place;
    const isStored = stores(info, subject);
    if (this.#isStored && !isStored) this.#settings.onWarning?.(otherSubjects({ stream, subject }));
    this.#isStored = isStored;
  }
}

function placeOf(info: StreamInfo, subject: string, position: Position | null, settings: NatsSettings): ReadingPlace {
  const place = new ReadingPlace(info, subject);
  if (position === null) return place;
  place.goTo(position);
  const was = String(position['subject']);
  if (was !== subject) settings.onWarning?.(otherAddress({ stream: place.stream, was, subject }));
  return place;
}

/** Whether the stream stores nothing else, so that each sequence is one of ours. */
function isWhole({ config }: StreamInfo, subject: string): boolean {
  const isCopy = config.mirror !== undefined || (config.sources ?? []).length > 0;
  return subject === '>' || (!isCopy && (config.subjects ?? []).every(pattern => covers(subject, pattern)));
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

const LOOK_EVERY_MS = 100;
const RESTORED_POLL_MS = 50;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
const GONE_AFTER_MS = 3_000;
const CLOSE_WAIT_MS = 400;
