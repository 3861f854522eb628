import { RECORD_HEADER_BYTES } from '../../connectors/journal/record-format.ts';

/** Lines between whoever reads them and whoever writes them: about 4 MB wait, then `put` does. */
export class LineQueue {
  readonly #takeBytes: number;
  #lines: Buffer[] = [];
  #bytes = 0; // as records of a journal
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  /** Not more than `takeBytes` is taken at once, unless one line has more. */
  constructor(options: { readonly takeBytes: number }) {
    this.#takeBytes = options.takeBytes;
  }

  /** Resolves when there is room for more, or nobody takes any. */
  async put(lines: readonly Buffer[]): Promise<void> {
    for (const line of lines) {
      this.#lines.push(line);
      this.#bytes += recordBytes(line);
    }
    this.#notify();
    while (this.#bytes > MAX_BYTES && !this.#isEnded) await this.#changed.promise;
  }

  /** The first that wait, once there are any; null at the end. */
  async take(): Promise<readonly Buffer[] | null> {
    while (this.#lines.length === 0 && !this.#isEnded) await this.#changed.promise;
    if (this.#lines.length === 0) return null;
    let bytes = recordBytes(this.#lines[0]!);
    let count = 1;
    for (; count < this.#lines.length; count++) {
      const more = recordBytes(this.#lines[count]!);
      if (bytes + more > this.#takeBytes) break;
      bytes += more;
    }
    this.#bytes -= bytes;
    this.#notify();
    return this.#lines.splice(0, count);
  }

  /** No more will be put. */
  end(): void {
    this.#isEnded = true;
    this.#notify();
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function recordBytes(line: Buffer): number {
  return line.length + RECORD_HEADER_BYTES;
}

const MAX_BYTES = 4 * 1024 * 1024;
