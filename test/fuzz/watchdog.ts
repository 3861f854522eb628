import { Worker } from 'node:worker_threads';

/**
 * Ends the process when an input does not end: a thread of its own sees that the present input stays the same, writes it
 * out, and kills the process, which could not do so itself.
 */
export class Watchdog {
  readonly #shared = new SharedArrayBuffer(HEADER_BYTES + MAX_INPUT_BYTES);
  readonly #header = new Int32Array(this.#shared, 0, HEADER_BYTES / 4); // how manieth input, and its length
  readonly #input = new Uint8Array(this.#shared, HEADER_BYTES);
  readonly #worker: Worker;

  constructor(failureFile: string) {
    const workerData: WatchdogData = { shared: this.#shared, failureFile };
    this.#worker = new Worker(new URL('./watchdog-thread.ts', import.meta.url), { workerData });
    this.#worker.unref();
  }

  starts(input: Buffer): void {
    const kept = input.subarray(0, MAX_INPUT_BYTES);
    this.#input.set(kept);
    this.#header[1] = kept.length;
    Atomics.add(this.#header, 0, 1);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

export type WatchdogData = { readonly shared: SharedArrayBuffer; readonly failureFile: string };
export const HEADER_BYTES = 8;
const MAX_INPUT_BYTES = 64 * 1024;
