import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventBatch } from '../../engine/batch.ts';
import type { Source, SourceOptions, TableOptions, TableRead, TableSource } from '../../engine/connector.ts';

const LOOK_EVERY_MS = 250;
const READ_EVENTS = 65_536;
const MOST_READS = 4;

/** Opens the source of the file's events, from its beginning. */
type OpenSource = (options: SourceOptions) => Promise<Source>;

/** A table in a file of any form that streams are read from. A change counts when the file has not changed since the last look. */
export class FileTable implements TableSource {
  readonly #options: TableOptions;
  readonly #open: OpenSource;
  readonly #path: string;
  #readState = ''; // of the file, when it was read

  constructor(options: TableOptions, open: OpenSource) {
    this.#options = options;
    this.#open = open;
    this.#path = resolve(options.directory, options.source.address);
  }

  async read(): Promise<TableRead> {
    for (let left = MOST_READS; ; left--) {
      const before = await this.#state();
      this.#readState = before;
      const read = await this.#readOnce();
      // Who writes all the time is read as it is, and again after the next look.
      if (left === 0 || (await this.#state()) === before) return read;
    }
  }

  async changed(signal: AbortSignal): Promise<void> {
    let before = this.#readState;
    for (;;) {
      await delay(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      const now = await this.#state();
      if (now === before && now !== this.#readState) return;
      before = now;
    }
  }

  async close(): Promise<void> {}

  async #readOnce(): Promise<TableRead> {
    const { source, directory, createBuilder, nowUs } = this.#options;
    const { builder, symbols } = createBuilder();
    const batches: EventBatch[] = [];
    const { signal } = new AbortController();
    const opened = await this.#open({
      source,
      directory,
      builder,
      position: null,
      speed: 'max',
      isFollowed: false,
      nowUs,
    });
    try {
      for (;;) {
        const read = await opened.read({ maxEvents: READ_EVENTS, signal });
        if (read.kind === 'end') return { batches, symbols, endings: null };
        if (read.kind === 'batch') batches.push(read.batch);
      }
    } finally {
      await opened.close();
    }
  }

  /** Equal: nobody has written to the file, nor put another one in its place. */
  async #state(): Promise<string> {
    const found = await stat(this.#path, { bigint: true }).catch(() => null);
    return found === null ? 'missing' : `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}`;
  }
}
