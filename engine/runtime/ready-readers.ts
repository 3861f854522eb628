import type { Reader, ReadOptions } from './reader.ts';

/**
 * Readers in the order in which they have something, so that each has its turn. Promise.race would always prefer the
 * first one, and leave a reaction at the read of a silent one in every round: each read is listened to once.
 */
export class ReadyReaders {
  readonly #asked = new Set<Reader>(); // what comes next of these is waited for, or waits in the queue
  readonly #ready: Ready[] = []; // bound: one for each that was asked
  #wake = () => {};

  /** Waits until one of these has something, which is taken from it before the next call. Throws where its read failed. */
  async next(readers: readonly Reader[], options: ReadOptions): Promise<Reader> {
    for (const reader of readers) if (!this.#asked.has(reader)) this.#ask(reader, options);
    for (;;) {
      const at = this.#ready.findIndex(({ reader }) => readers.includes(reader));
      if (at >= 0) {
        const [{ reader, read }] = this.#ready.splice(at, 1) as [Ready]; // as: it is there
        this.#asked.delete(reader);
        return await read;
      }
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }

  #ask(reader: Reader, options: ReadOptions): void {
    this.#asked.add(reader);
    const read = reader.readAhead(options);
    const settled = () => {
      this.#ready.push({ reader, read });
      this.#wake();
    };
    read.then(settled, settled);
  }
}

type Ready = { readonly reader: Reader; readonly read: Promise<Reader> };
