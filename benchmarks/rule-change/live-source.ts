import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Connector, Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { KEYS } from './rule-set.ts';

export const FIRST_EVENTS = 2 * KEYS;
const PACE_MS = 20;

/**
 * A live stream, of all keys in turn: two events of each at once, and then so many a second. It reads on from a position,
 * and has no end.
 */
export function liveSource(options: { readonly eventsPerSecond: number; readonly onRead: () => void }): Connector {
  return { name: 'memory', openSource: async opened => new LiveSource(opened, options) };
}

class LiveSource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #builder: BatchBuilder;
  readonly #eventsPerSecond: number;
  readonly #onRead: () => void;
  readonly #startMs: number;
  #sequence: number;

  constructor({ builder, position }: SourceOptions, options: Parameters<typeof liveSource>[0]) {
    this.#builder = builder;
    this.#eventsPerSecond = options.eventsPerSecond;
    this.#onRead = options.onRead;
    this.#sequence = Number(position?.['sequence'] ?? 0);
    this.#startMs = Number(position?.['startMs'] ?? Date.now());
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    this.#onRead();
    while (!signal.aborted) {
      const due = FIRST_EVENTS + Math.floor(((Date.now() - this.#startMs) / 1_000) * this.#eventsPerSecond);
      const end = Math.min(due, this.#sequence + maxEvents);
      if (end > this.#sequence) {
        while (this.#sequence < end) this.#put(this.#sequence++);
        break;
      }
      await new Promise(resolve => setTimeout(resolve, PACE_MS));
    }
    return { kind: 'batch', batch: this.#builder.build(), position: this.#position() };
  }

  async acknowledge(): Promise<void> {}

  async close(): Promise<void> {}

  #put(sequence: number): void {
    const builder = this.#builder;
    const timeUs = this.#startMs * 1_000 + Math.floor((sequence / this.#eventsPerSecond) * 1e6);
    builder.arrivalUs = timeUs;
    builder.setValue(0, `d${sequence % KEYS}`);
    builder.setValue(1, temperatureOf(sequence));
    builder.setInstant(2, timeUs);
    if (!builder.commit()) throw new Error('an event is refused');
  }

  #position(): Position {
    return { sequence: this.#sequence, startMs: this.#startMs };
  }
}

/** Between 20 and 90, and now and then above most limits. */
function temperatureOf(sequence: number): number {
  const spread = (sequence * 2_654_435_761) % 4_294_967_296;
  return sequence % 997 === 0 ? 101 : 20 + (spread / 4_294_967_296) * 70;
}
