import { JsonEvents } from '../../connectors/codecs/json-event.ts';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import type { Arrivals } from './arrivals.ts';
import type { RecordedLog } from './recorded-log.ts';
import type { Temper } from './temper.ts';
import type { Actor } from './world.ts';

export type FakeSourceOptions = {
  readonly log: RecordedLog;
  readonly arrivals: Arrivals;
  readonly actor: Actor;
  readonly temper: Temper;
  readonly random: () => number;
  /** So many messages at most are handed over together. */
  readonly maxMessages: number;
  /** Whether the next read fails for good. */
  readonly isBroken: () => boolean;
};

/** Reads a recorded log in batches of any size, pausing now and then. */
export class FakeSource implements Source {
  readonly arrivalClock: 'recorded' | 'as-read';
  readonly progress?: () => number;
  readonly #options: FakeSourceOptions;
  readonly #builder: BatchBuilder;
  readonly #events: JsonEvents;
  #sequence: number;
  #isClosed = false;

  constructor(options: FakeSourceOptions, { builder, position }: SourceOptions) {
    const { log } = options;
    this.arrivalClock = log.arrivalClock;
    this.#options = options;
    this.#builder = builder;
    this.#events = new JsonEvents(builder);
    this.#sequence = log.sequenceOf(position);
    if (log.hasEnd) this.progress = () => this.#sequence / log.entries.length;
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const { log, actor, temper, isBroken, arrivals } = this.#options;
    const { name } = this;
    await actor.step(`reads ${name}`, this.#pauseMs() + temper.delayMs('source'));
    if (isBroken()) throw new MillraceError('MR5016', `${name} could not be read`, { domain: 'external' });
    const first = log.entries[this.#sequence];
    if (first?.kind === 'tick') {
      this.#sequence++;
      arrivals.note([first.arrivalUs]);
      return { kind: 'tick', arrivalUs: first.arrivalUs, position: this.#position };
    }
    if (first === undefined && log.hasEnd) return { kind: 'end', position: this.#position };
    if (first === undefined) await actor.sleep(Infinity, signal);
    this.#take(maxEvents);
    const batch = this.#builder.build();
    arrivals.note(log.arrivalClock === 'recorded' ? batch.arrivalUs : batch.timeUs, batch.length);
    return { kind: 'batch', batch, position: this.#position };
  }

  async acknowledge(position: Position): Promise<void> {
    await this.#options.actor.step(`acknowledges ${this.name}`);
    this.#options.log.acknowledge(position);
  }

  async hasMore(): Promise<boolean> {
    return this.#sequence < this.#options.log.entries.length;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  get name(): string {
    return this.#builder.source.id;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get #position(): Position {
    return { sequence: this.#sequence };
  }

  #take(maxEvents: number): void {
    const { log, random, maxMessages } = this.#options;
    const builder = this.#builder;
    builder.limit({ maxEvents });
    for (let count = Math.ceil(random() * maxMessages); count > 0 && builder.hasRoom; count--) {
      const entry = log.entries[this.#sequence];
      if (entry?.kind !== 'message') return;
      builder.arrivalUs = log.arrivalClock === 'recorded' ? entry.arrivalUs : null;
      const bytes = Buffer.from(entry.text);
      const sequence = this.#sequence++;
      this.#events.take(bytes, 0, bytes.length, () => `sequence ${sequence}`);
    }
  }

  #pauseMs(): number {
    const { random } = this.#options;
    return random() < 0.01 ? random() * LONGEST_PAUSE_MS : 0;
  }
}

const LONGEST_PAUSE_MS = 3_000;
