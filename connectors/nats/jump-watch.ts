import type { JetStreamApi } from './jetstream-api.ts';
import type { RemovedMessages } from './message-queue.ts';
import type { NatsSettings } from './nats-settings.ts';
import type { ReadingPlace } from './reading-place.ts';

/** Sequences that did not come, among others that did. */
type Jumps = { readonly from: number; readonly to: number; readonly count: number };

/**
 * Where a stream also stores what others publish, sequences jump, and what is pending tells of removed messages only while
 * nothing new comes. So behind jumps the server is asked, now and then, where its stream begins: what lies in front of that
 * and was jumped over may have been ours, removed before it was read. Until that is known, the jumps are part of the
 * position.
 */
export class JumpWatch {
  readonly #api: JetStreamApi;
  readonly #place: ReadingPlace;
  readonly #everyMs: number;
  #jumps: Jumps | null = null; // since the server was asked
  #asked: Jumps | null = null;
  #askedMs = -Infinity;
  #removed: RemovedMessages | null = null;

  constructor(options: { readonly api: JetStreamApi; readonly place: ReadingPlace; readonly settings: NatsSettings }) {
    this.#api = options.api;
    this.#place = options.place;
    this.#everyMs = options.settings.tickEveryMs ?? 1_000;
  }

  /** The first sequence that may have been removed, as long as that is not known or not told; null: there is none. */
  get from(): number | null {
    return this.#removed?.from ?? this.#asked?.from ?? this.#jumps?.from ?? null;
  }

  jumped(from: number, to: number): void {
    const { from: first = from, count = 0 } = this.#jumps ?? {};
    this.#jumps = { from: first, to, count: count + to - from + 1 };
  }

  /** In the background. */
  ask(): void {
    const nowMs = performance.now();
    if (this.#jumps === null || this.#asked !== null || nowMs - this.#askedMs < this.#everyMs) return;
    this.#askedMs = nowMs;
    void this.#ask(this.#jumps);
  }

  /** What was found, once. */
  takeRemoved(): RemovedMessages | null {
    const removed = this.#removed;
    this.#removed = null;
    return removed;
  }

  /** A failure is told by those who ask for more than this; the jumps stay. */
  async #ask(jumps: Jumps): Promise<void> {
    this.#asked = jumps;
    this.#jumps = null;
    const info = await this.#api.streamInfo(this.#place.stream).catch(() => undefined);
    this.#asked = null;
    if (info === undefined) this.#jumps = joined(jumps, this.#jumps);
    else if (info.state.first_seq > jumps.from) this.#found(jumps, info.state.first_seq - 1);
  }

  #found({ from, to, count }: Jumps, removedUpTo: number): void {
    const last = Math.min(to, removedUpTo);
    const before = this.#removed ?? { from, count: 0 };
    const all = before.count + Math.min(count, last - from + 1);
    this.#removed = { from: before.from, to: last, count: all, isExact: false };
  }
}

function joined(first: Jumps, then: Jumps | null): Jumps {
  return then === null ? first : { from: first.from, to: then.to, count: first.count + then.count };
}
