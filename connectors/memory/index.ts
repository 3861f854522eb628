import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type {
  Connector,
  Position,
  Sink,
  SinkInput,
  SinkOptions,
  Source,
  SourceOptions,
  SourceRead,
} from '../../engine/connector.ts';
import { JsonEvents } from '../codecs/json-event.ts';

/** An event as plain data, read by the stream's paths as JSON would be. */
export type MemoryEvent = Readonly<Record<string, unknown>>;

export type MemoryOptions = {
  /** Events that a channel holds at most; pushing waits beyond it. */
  readonly capacity?: number;
  /** Events stay until they are acknowledged, so that a restored run can read on; else until more is read. */
  readonly isReplayable?: boolean;
  /** 'recorded': every push says when its events arrived. */
  readonly arrivalClock?: 'recorded' | 'as-read';
};

/**
 * Streams and sinks inside one process, for tests and for programs that embed Millrace: `from memory "readings"` reads
 * what is pushed to the channel `readings`, `to memory "alerts"` collects there.
 *
 *     const memory = new MemoryConnector();
 *     await memory.channel('readings').push([{ device: 'm1', temp: 71.5, ts: 0 }]);
 *     memory.channel('readings').end();
 */
export class MemoryConnector implements Connector {
  readonly name = 'memory';
  readonly #options: Required<MemoryOptions>;
  readonly #channels = new Map<string, MemoryChannel>();

  constructor(options: MemoryOptions = {}) {
    this.#options = { capacity: 10_000, isReplayable: false, arrivalClock: 'as-read', ...options };
  }

  channel(address: string): MemoryChannel {
    let channel = this.#channels.get(address);
    if (channel === undefined) {
      channel = new MemoryChannel(this.#options);
      this.#channels.set(address, channel);
    }
    return channel;
  }

  openSource = async (options: SourceOptions): Promise<Source> =>
    new MemorySource(this.channel(options.source.address), options);

  openSink = async (options: SinkOptions): Promise<Sink> => new MemorySink(this.channel(options.target.address ?? ''));
}

type Item =
  | { readonly kind: 'event'; readonly event: MemoryEvent; readonly arrivalUs: number | null }
  | { readonly kind: 'tick'; readonly arrivalUs: number };

export class MemoryChannel {
  /** What a sink wrote, oldest first. Whoever reads it empties it: a write waits while it holds more than `capacity`. */
  readonly written: SinkInput[] = [];
  readonly options: Required<MemoryOptions>;
  readonly #items: Item[] = [];
  #sequence = 0; // of items[0]
  #takenCount = 0; // of items that were let go of
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  constructor(options: Required<MemoryOptions>) {
    this.options = options;
  }

  /** Resolves when the channel has taken them all. `arrivalUs` must not fall. */
  async push(events: readonly MemoryEvent[], options: { readonly arrivalUs?: number } = {}): Promise<void> {
    for (const event of events) await this.#add({ kind: 'event', event, arrivalUs: options.arrivalUs ?? null });
  }

  /** As `push`, and resolves when a run has them on their way: it has read on from behind them. */
  async pushAndTake(events: readonly MemoryEvent[], options: { readonly arrivalUs: number }): Promise<void> {
    let last = this.#takenCount;
    for (const event of events) {
      await this.#add({ kind: 'event', event, arrivalUs: options.arrivalUs });
      last = this.#takenCount + this.#items.length;
    }
    while (this.#takenCount < last) await this.changed;
  }

  /** The arrival clock has reached this, though nothing came. */
  async tick(arrivalUs: number): Promise<void> {
    await this.#add({ kind: 'tick', arrivalUs });
  }

  /** No more will be pushed. */
  end(): void {
    this.#isEnded = true;
    this.notify();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Items the channel holds. */
  get size(): number {
    return this.#items.length;
  }

  /** Takes back what was written, in order. */
  drain(): SinkInput[] {
    const written = this.written.splice(0);
    this.notify();
    return written;
  }

  /** Of the sequence numbers still held. */
  at(sequence: number): Item | undefined {
    return this.#items[sequence - this.#sequence];
  }

  get firstSequence(): number {
    return this.#sequence;
  }

  /** Numbers go on from here, where an earlier process had the ones before. */
  startAt(sequence: number): void {
    this.#sequence = Math.max(this.#sequence, sequence);
  }

  /** Lets go of everything before. */
  release(sequence: number): void {
    const count = Math.min(Math.max(sequence - this.#sequence, 0), this.#items.length);
    this.#items.splice(0, count);
    this.#sequence += count;
    this.#takenCount += count;
    if (count > 0) this.notify();
  }

  /** Resolves at the next change. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async #add(item: Item): Promise<void> {
    while (this.#items.length >= this.options.capacity) await this.changed;
    this.#items.push(item);
    this.notify();
  }
}

class MemorySource implements Source {
  readonly arrivalClock: 'recorded' | 'as-read';
  readonly #channel: MemoryChannel;
  readonly #builder: BatchBuilder;
  readonly #events: JsonEvents;
  #sequence: number;

  constructor(channel: MemoryChannel, { builder, position }: SourceOptions) {
    this.arrivalClock = channel.options.arrivalClock;
    this.#channel = channel;
    this.#builder = builder;
    this.#events = new JsonEvents(builder);
    const sequence = Number(position?.sequence ?? 0);
    if (!channel.options.isReplayable) channel.startAt(sequence); // events that were read are gone with their process
    this.#sequence = Math.max(sequence, channel.firstSequence);
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const channel = this.#channel;
    const builder = this.#builder;
    // Read again, so what was read before is on its way.
    if (!channel.options.isReplayable) channel.release(this.#sequence);
    builder.limit({ maxEvents });
    while (channel.at(this.#sequence) === undefined && !channel.isEnded && !signal.aborted) {
      await changedOrAborted(channel, signal);
    }
    const first = channel.at(this.#sequence);
    if (first === undefined && channel.isEnded) return { kind: 'end', position: this.#position() };
    if (first?.kind === 'tick') {
      this.#sequence++;
      return { kind: 'tick', arrivalUs: first.arrivalUs, position: this.#position() };
    }
    let sequence = this.#sequence;
    for (;;) {
      const item = channel.at(sequence);
      if (item?.kind !== 'event' || !builder.hasRoom) break;
      builder.arrivalUs = item.arrivalUs;
      builder.startMessage(sequence + 1);
      this.#events.takeEvent(item.event, null, `event ${++sequence}`);
    }
    this.#sequence = sequence;
    return { kind: 'batch', batch: builder.build(), position: this.#position() };
  }

  async hasMore(): Promise<boolean> {
    return this.#channel.isEnded || this.#channel.at(this.#sequence) !== undefined;
  }

  async acknowledge(position: Position): Promise<void> {
    this.#channel.release(Number(position.sequence));
  }

  async close(): Promise<void> {}

  #position(): Position {
    return { sequence: this.#sequence };
  }
}

class MemorySink implements Sink {
  readonly maxInFlight = 1;
  readonly #channel: MemoryChannel;

  constructor(channel: MemoryChannel) {
    this.#channel = channel;
  }

  async write(input: SinkInput): Promise<void> {
    this.#channel.written.push(input);
    this.#channel.notify();
    while (this.#channel.written.length > this.#channel.options.capacity) await this.#channel.changed;
  }

  async position(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {}
}

async function changedOrAborted(channel: MemoryChannel, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([promise, channel.changed]);
  signal.removeEventListener('abort', onAbort);
}
