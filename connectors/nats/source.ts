import type { StreamInfo } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/transport-node';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { createMessageDecoder, isMessageCodec, type MessageDecoder } from '../codecs/message-decoder.ts';
import type { Lease, SharedConnection } from './connection.ts';
import { Deliveries } from './deliveries.ts';
import { findStream, requirePublishedSubjects } from './find-stream.ts';
import { JetStreamApi } from './jetstream-api.ts';
import { JumpWatch } from './jump-watch.ts';
import { MessageQueue, type RemovedMessages, type WaitingMessage } from './message-queue.ts';
import { otherAddress, removedReason, wrongCodec } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';
import { QuietClock } from './quiet-clock.ts';
import { ReadingPlace } from './reading-place.ts';
import { STREAM_CONSUMERS, type StreamConsumer } from './stream-consumer.ts';
import { StreamWatch } from './stream-watch.ts';
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
  if (codec !== null && !isMessageCodec(codec, settings.codecs)) throw wrongCodec(subject, codec);
  const decoder = createMessageDecoder({ codec, own: settings.codecs, builder });
  const lease = await connection.acquire();
  try {
    const api = new JetStreamApi(lease, settings);
    const info = await findStream(api, subject, settings);
    requirePublishedSubjects(info, { subject, isNamed: settings.streams?.[subject] !== undefined, builder });
    const place = placeOf(info, subject, position, settings);
    builder.sourceName = `nats ${info.config.name} ${info.created}`; // what is made anew gives its sequences again
    const isWhole = storesNothingElse(info, subject);
    const consumer = STREAM_CONSUMERS[info.config.retention]({
      lease,
      api,
      stream: info.config.name,
      subject,
      isWhole,
      name: `${settings.consumerPrefix ?? 'millrace'}-${source.id}`,
    });
    // Of streams that keep messages for their readers, what was read is removed in the order in which others read, too.
    const jumps = isWhole || info.config.retention !== 'limits' ? null : new JumpWatch({ api, place, settings });
    const jumpsFrom = position?.['jumpsFrom'];
    if (typeof jumpsFrom === 'number') jumps?.jumped(jumpsFrom, place.sequence);
    const opened = new NatsSource({ settings, lease, api, place, consumer, builder, decoder, isWhole, jumps });
    await opened.open();
    return opened;
  } catch (error) {
    await lease.release();
    throw error;
  }
}

class NatsSource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #lease: Lease;
  readonly #api: JetStreamApi;
  readonly #place: ReadingPlace;
  readonly #consumer: StreamConsumer;
  readonly #jumps: JumpWatch | null; // null: each sequence is one of ours, or nothing can be said
  readonly #builder: BatchBuilder;
  readonly #decoder: MessageDecoder;
  readonly #queue = new MessageQueue();
  #traceParents: string[] = []; // of what was taken since the last batch
  readonly #deliveries: Deliveries;
  readonly #clock: QuietClock;
  #arrivalUs = -Infinity; // of what was handed over
  #wake: (() => void) | undefined; // of a read that waits
  #isClosed = false;

  constructor(options: {
    readonly settings: NatsSettings;
    readonly lease: Lease;
    readonly api: JetStreamApi;
    readonly place: ReadingPlace;
    readonly consumer: StreamConsumer;
    readonly builder: BatchBuilder;
    readonly decoder: MessageDecoder;
    readonly isWhole: boolean;
    readonly jumps: JumpWatch | null;
  }) {
    const { settings, api, place, builder } = options;
    this.#lease = options.lease;
    this.#api = api;
    this.#place = place;
    this.#consumer = options.consumer;
    this.#jumps = options.jumps;
    this.#builder = builder;
    this.#decoder = options.decoder;
    const needsSubject = builder.slots.some(({ origin }) => origin.kind === 'subject');
    const watch = new StreamWatch(place, settings);
    const shared = { queue: this.#queue, watch, onChange: () => this.#changed() };
    this.#deliveries = new Deliveries({ ...options, ...shared, needsSubject });
    this.#clock = new QuietClock({ settings, api, place, deliveries: this.#deliveries, ...shared });
  }

  async open(): Promise<void> {
    try {
      await this.#deliveries.open();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const builder = this.#builder;
    builder.limit({ maxEvents });
    while (!signal.aborted && !this.#isClosed) {
      this.#takeAll();
      this.#jumps?.ask();
      this.#deliveries.current?.ask();
      if (builder.size > 0) break;
      this.#requireUnfailed();
      if (this.#clock.timeUs > this.#arrivalUs) {
        const removed = this.#deliveries.takeRemoved() ?? this.#jumps?.takeRemoved() ?? null;
        if (removed === null) return this.#takeTick();
        this.#reject(removed);
        break;
      }
      if (!this.#deliveries.renew()) this.#clock.ask();
      await this.#wait(signal);
    }
    const traceParents = this.#traceParents;
    this.#traceParents = [];
    const traced = traceParents.length === 0 ? {} : { traceParents };
    return { kind: 'batch', batch: builder.build(), position: this.#position, ...traced };
  }

  async acknowledge({ sequence }: Position): Promise<void> {
    if (typeof sequence === 'number') await this.#consumer.acknowledge(sequence);
  }

  async hasMore(): Promise<boolean> {
    if (this.#queue.size > 0) return true;
    const { stream, subject, sequence } = this.#place;
    return (await this.#api.nextSequence(stream, sequence + 1, subject)) !== undefined;
  }

  /** As the server says it now: a reader that is held up asks for nothing, and is told nothing. */
  async backlog(): Promise<number | null> {
    const unsent = await this.#deliveries.unsent();
    return unsent === null ? null : this.#queue.size + unsent;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#changed(); // a read that is under way ends
    await this.#deliveries.close();
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
    this.#clock.messageCame();
    this.#consumer.handled(last.sequence, last.reply);
  }

  #take({ payload, headers, subject, sequence, timeUs, removed }: WaitingMessage): void {
    if (this.#deliveries.removed !== null) this.#reject(this.#deliveries.takeRemoved()!);
    if (removed !== null) this.#reject(removed);
    else if (this.#jumps !== null) this.#noteJump(this.#jumps, sequence);
    if (headers !== undefined) this.#noteTrace(headers);
    this.#builder.arrivalUs = timeUs;
    this.#builder.startMessage(sequence);
    this.#decoder.take(payload, {
      sequence,
      subject,
      encoding: headers?.get('Content-Encoding') || null,
    });
    this.#place.sequence = sequence;
    this.#place.arrivalUs = timeUs;
  }

  /** Of the first few that say it. */
  #noteTrace(headers: MsgHdrs): void {
    if (this.#traceParents.length === MAX_TRACE_PARENTS) return;
    const traceParent = headers.get('traceparent');
    if (traceParent !== '') this.#traceParents.push(traceParent);
  }

  #noteJump(jumps: JumpWatch, sequence: number): void {
    const found = jumps.takeRemoved();
    if (found !== null) this.#reject(found);
    const before = this.#place.sequence;
    if (before > 0 && sequence > before + 1) jumps.jumped(before + 1, sequence - 1);
  }

  /** Dated by what came before, so that it is the same row wherever it is told again after a crash. */
  #reject(removed: RemovedMessages): void {
    this.#builder.arrivalUs = this.#place.arrivalUs;
    const reason = removedReason({ stream: this.#place.stream, ...removed });
    this.#builder.startMessage(removed.from);
    this.#builder.reject({ code: 'MR5109', reason, raw: '' });
  }

  #takeTick(): SourceRead {
    const arrivalUs = this.#clock.timeUs;
    this.#arrivalUs = arrivalUs;
    return { kind: 'tick', arrivalUs, position: this.#position };
  }

  /** Before what is missing until that was told, so that no checkpoint passes it over. */
  get #position(): Position {
    const { removed } = this.#deliveries;
    const jumpsFrom = this.#jumps?.from ?? null;
    return {
      ...this.#place.position,
      ...(removed === null ? {} : { sequence: removed.from - 1 }),
      ...(jumpsFrom === null ? {} : { jumpsFrom }),
    };
  }

  #requireUnfailed(): void {
    const failure = this.#deliveries.failure ?? this.#clock.failure;
    if (failure !== undefined) throw failure;
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
    this.#deliveries.current?.listen();
  }

  readonly #onAbort = (): void => this.#changed();

  /** Called for each message, and resolves once. */
  #changed(): void {
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#wake = undefined;
    wake();
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
function storesNothingElse({ config }: StreamInfo, subject: string): boolean {
  const isCopy = config.mirror !== undefined || (config.sources ?? []).length > 0;
  return subject === '>' || (!isCopy && (config.subjects ?? []).every(pattern => covers(subject, pattern)));
}

const LOOK_EVERY_MS = 100;
const MAX_TRACE_PARENTS = 16;
