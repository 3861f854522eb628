import type { Reader, ReadOptions } from './reader.ts';

/**
 * Readers in the order in which they have something, so that each has its turn. Promise.race would always prefer the
 * first one, and leave a reaction at the read of a silent one in every round: each read is listened to once.
 */
export class ReadyReaders {
  readonly #asked = new Set<Reader>(); // what comes next of these is waited for, or waits in the queue
  readonly #ready: { readonly reader: Reader; readonly read: Promise<Reader> }[] = []; // bound: one for each that was asked
  #wake = () => {};

  /** Waits until one has something, which is taken from it before the next call. Throws where its read failed. */
  async next(readers: readonly Reader[], options: ReadOptions): Promise<Reader> {
    for (const reader of readers) if (!this.#asked.has(reader)) this.#ask(reader, options);
    if (this.#ready.length === 0) await new Promise<void>(resolve => (this.#wake = resolve));
    const { reader, read } = this.#ready.shift()!;
    this.#asked.delete(reader);
    return await read;
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
