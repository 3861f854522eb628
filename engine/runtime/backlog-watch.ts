import type { Clock } from './platform.ts';
import type { Reader } from './reader.ts';

/** By stream, what is in its source and was not read; null: not known now. Sources that cannot tell are not named. */
export type Backlog = Readonly<Record<string, number | null>>;

/** Says now and then how far a run is behind its live sources, also while a sink takes nothing, and so nothing is read. */
export class BacklogWatch {
  readonly #readers: readonly Reader[];
  readonly #clock: Clock;
  readonly #onBacklog: (backlog: Backlog) => void;
  readonly #closing = new AbortController();

  constructor(options: {
    readonly readers: readonly Reader[];
    readonly clock: Clock;
    readonly onBacklog: (backlog: Backlog) => void;
  }) {
    this.#readers = options.readers.filter(({ source }) => source.backlog !== undefined);
    this.#clock = options.clock;
    this.#onBacklog = options.onBacklog;
  }

  /** Until it is closed. */
  async run(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#readers.length > 0) {
      await this.#clock.sleep(EVERY_MS, signal);
      const backlog = signal.aborted ? {} : await this.#look();
      if (signal.aborted) return;
      this.#onBacklog(backlog);
    }
  }

  close(): void {
    this.#closing.abort();
  }

  /** Why a source does not say it, its reads tell. */
  async #look(): Promise<Backlog> {
    const counts = this.#readers.map(
      async ({ stream, source }) => [stream, await source.backlog!().catch(() => null)] as const,
    );
    return Object.fromEntries(await Promise.all(counts));
  }
}

const EVERY_MS = 5_000;
