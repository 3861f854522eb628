import { createMessageDecoder, type MessageDecoder, type OwnCodecs } from '../connectors/codecs/message-decoder.ts';
import { MessageEvents } from '../connectors/codecs/message-events.ts';
import { takeObjects } from '../connectors/codecs/own-message.ts';
import type { BatchBuilder } from '../engine/batch/batch-builder.ts';
import type { Position, Source, SourceOptions, SourceRead } from '../engine/connector.ts';
import { MillraceError } from '../engine/errors.ts';
import type { CustomConnector, SourceMessage } from './custom-connector.ts';
import { sleep } from './inboxes.ts';

/** Beyond it no more are asked for. */
const MAX_WAITING = 1_000;
const TICK_MS = 1_000;
const CLOSE_MS = 2_000;

/** A connector of the program as a source of the engine: asks ahead, so that a batch has what is there. */
export class CustomSource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #connector: CustomConnector;
  readonly #builder: BatchBuilder;
  readonly #decoder: MessageDecoder;
  readonly #objects: MessageEvents;
  readonly #nowUs: () => number;
  readonly #closing = new AbortController();
  readonly #pumping: Promise<void>;
  #waiting: SourceMessage[] = [];
  #isEnded = false;
  #failure: { readonly error: unknown } | null = null;
  #sequence: number;
  #arrivalUs = 0;
  #acknowledged = 0;
  #changed = Promise.withResolvers<void>();
  #room = Promise.withResolvers<void>();

  constructor(connector: CustomConnector, codecs: OwnCodecs, { source, builder, position, nowUs }: SourceOptions) {
    this.#connector = connector;
    this.#builder = builder;
    this.#decoder = createMessageDecoder({ codec: source.codec, own: codecs, builder });
    this.#objects = new MessageEvents(builder);
    this.#nowUs = nowUs;
    this.#sequence = Number(position?.['sequence'] ?? 0);
    const after = position === null ? null : this.#sequence;
    this.#pumping = this.#pump(after);
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const builder = this.#builder;
    builder.limit({ maxEvents });
    if (!(await this.#isReady(signal))) return this.#tick(this.#nowUs());
    const first = this.#waiting[0];
    if (first === undefined && this.#failure !== null) throw this.#failure.error;
    if (first === undefined && this.#isEnded) return { kind: 'end', position: this.#position() };
    if (first !== undefined && 'tickUs' in first) {
      this.#shift();
      return this.#tick(first.tickUs);
    }
    for (;;) {
      const message = this.#waiting[0];
      if (message === undefined || !('content' in message) || !builder.hasRoom) break;
      this.#shift();
      this.#take(message);
    }
    return { kind: 'batch', batch: builder.build(), position: this.#position() };
  }

  async acknowledge(position: Position): Promise<void> {
    const { stream, address } = this.#place();
    const sequence = Number(position['sequence']);
    if (sequence <= this.#acknowledged) return;
    this.#acknowledged = sequence;
    await this.#connector.acknowledge?.({ stream, address, sequence });
  }

  async hasMore(): Promise<boolean> {
    return this.#waiting.length > 0 || this.#isEnded;
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#room.resolve();
    const isOver = await Promise.race([this.#pumping.then(() => true), sleep(CLOSE_MS).then(() => false)]);
    if (isOver) return;
    const message = `${this.#name()} goes on after its signal has aborted`;
    throw new MillraceError('MR5503', message, { hint: 'end the messages when `signal` aborts' });
  }

  /** False: a second has passed, and nothing came. */
  async #isReady(signal: AbortSignal): Promise<boolean> {
    const isThere = () => this.#waiting.length > 0 || this.#isEnded || this.#failure !== null;
    if (isThere() || signal.aborted) return true;
    const waiting = new AbortController();
    const onAbort = () => waiting.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    const waitMs = this.#connector.recordsArrivals === true ? 2 ** 30 : TICK_MS;
    await Promise.race([this.#changed.promise, sleep(waitMs, waiting.signal)]);
    signal.removeEventListener('abort', onAbort);
    waiting.abort();
    return isThere() || signal.aborted;
  }

  async #pump(after: number | null): Promise<void> {
    const { signal } = this.#closing;
    try {
      const messages = this.#connector.read!({ ...this.#place(), after, signal });
      for await (const message of messages) {
        if (signal.aborted) break;
        this.#waiting.push(message);
        this.#wake();
        while (this.#waiting.length >= MAX_WAITING && !signal.aborted) await this.#room.promise;
      }
      this.#isEnded = true;
    } catch (error) {
      if (!signal.aborted) this.#failure = { error: this.#failed(error) };
    }
    this.#wake();
  }

  #take(message: Extract<SourceMessage, { content: unknown }>): void {
    const { content, sequence = this.#sequence + 1, arrivalUs, subject } = message;
    if (!Number.isSafeInteger(sequence) || sequence <= this.#sequence) {
      const hint = 'sequences are whole numbers, each higher than the one before';
      throw new MillraceError('MR5504', `${this.#name()} gave sequence ${sequence} after ${this.#sequence}`, { hint });
    }
    this.#sequence = sequence;
    this.#arrivalUs = Math.max(this.#arrivalUs, arrivalUs ?? this.#nowUs());
    this.#builder.arrivalUs = this.#arrivalUs;
    this.#builder.startMessage(sequence);
    const context = { sequence, subject: subject ?? null };
    if (typeof content === 'string') return this.#decoder.take(Buffer.from(content), context);
    if (content instanceof Uint8Array) return this.#decoder.take(content, context);
    this.#objects.begin(context);
    takeObjects(Array.isArray(content) ? content : [content], this.#objects);
  }

  #tick(tickUs: number): SourceRead {
    this.#arrivalUs = Math.max(this.#arrivalUs, tickUs);
    return { kind: 'tick', arrivalUs: this.#arrivalUs, position: this.#position() };
  }

  #shift(): void {
    this.#waiting.shift();
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #failed(error: unknown): unknown {
    if (error instanceof MillraceError) return error;
    const what = error instanceof Error ? error.message : String(error);
    return new MillraceError('MR5501', `${this.#name()} failed: ${what}`, { domain: 'external', cause: error });
  }

  #place(): { readonly stream: string; readonly address: string } {
    const { id, address } = this.#builder.source;
    return { stream: id, address };
  }

  #name(): string {
    return `${this.#connector.name} ${JSON.stringify(this.#builder.source.address)}`;
  }

  #position(): Position {
    return { sequence: this.#sequence };
  }
}
