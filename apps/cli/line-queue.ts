/** Lines between whoever reads them and whoever writes them: about 4 MB wait, then `put` does. */
export class LineQueue {
  #lines: Buffer[] = [];
  #bytes = 0;
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  /** Resolves when there is room for more, or nobody takes any. */
  async put(lines: readonly Buffer[]): Promise<void> {
    for (const line of lines) {
      this.#lines.push(line);
      this.#bytes += line.length;
    }
    this.#notify();
    while (this.#bytes > MAX_BYTES && !this.#isEnded) await this.#changed.promise;
  }

  /** All that wait, once there are any; null at the end. */
  async take(): Promise<readonly Buffer[] | null> {
    while (this.#lines.length === 0 && !this.#isEnded) await this.#changed.promise;
    if (this.#lines.length === 0) return null;
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    this.#notify();
    return lines;
  }

  /** No more will be put, or taken. */
  end(): void {
    this.#isEnded = true;
    this.#notify();
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

const MAX_BYTES = 4 * 1024 * 1024;
