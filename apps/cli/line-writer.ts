import { once } from 'node:events';

const FLUSH_CHARACTERS = 65_536;

/**
 * Writes lines to standard output in large pieces: one system call for all lines of a turn of the event loop. A status
 * line (a progress bar) stays below the last line until it is replaced or cleared; only terminals get one.
 */
export class LineWriter {
  readonly #stream: NodeJS.WriteStream;
  #pending = '';
  #status = '';
  #isStatusShown = false;
  #isFlushPlanned = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  line(text: string): void {
    this.#pending += `${text}\n`;
    if (this.#pending.length >= FLUSH_CHARACTERS) this.flush();
    else this.#planFlush();
  }

  status(text: string): void {
    this.#status = text;
    this.#planFlush();
  }

  /** Resolves when the reader has taken what was written, or the signal aborts: what waits for a slow one is bounded so. */
  async drained(signal: AbortSignal): Promise<void> {
    if (this.#stream.writableNeedDrain) await once(this.#stream, 'drain', { signal }).catch(() => {});
  }

  flush(): void {
    const erase = this.#isStatusShown ? '\r\x1b[K' : '';
    const output = erase + this.#pending + this.#status;
    this.#pending = '';
    this.#isStatusShown = this.#status !== '';
    if (output !== '') this.#stream.write(output);
  }

  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.flush();
    });
  }
}
