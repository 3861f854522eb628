import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkerPort } from './worker-port.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

/** A worker on a thread of its own. */
export class ThreadPort implements WorkerPort {
  readonly #worker: Worker;
  #isTerminated = false;

  constructor(index: number) {
    // Not './worker.ts': the compiled package has './worker.js'.
    const file = `./worker${extname(import.meta.url)}`;
    this.#worker = new Worker(new URL(file, import.meta.url), { name: `millrace-${index}` });
  }

  post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, [...transfer]);
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#worker.on('message', listener);
  }

  onDeath(listener: (reason: string) => void): void {
    this.#worker.on('error', error => listener(error.message));
    this.#worker.on('exit', code => {
      if (!this.#isTerminated) listener(`it ended with code ${code}`);
    });
  }

  async terminate(): Promise<void> {
    this.#isTerminated = true;
    await this.#worker.terminate();
  }
}
