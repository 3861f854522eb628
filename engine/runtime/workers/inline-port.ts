import { WorkerHost, type WorkerHostOptions } from './worker-host.ts';
import type { WorkerPort } from './worker-port.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

/** A worker on the calling thread: a round is handled when it is posted. For small inputs, where threads do not pay. */
export class InlinePort implements WorkerPort {
  readonly #host: WorkerHost;
  #listener: (message: FromWorker) => void = () => {};

  constructor(options: Omit<WorkerHostOptions, 'post'>) {
    this.#host = new WorkerHost({ ...options, post: message => this.#listener(message) });
  }

  post(message: ToWorker): void {
    void this.#host.take(message); // its failures are messages
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#listener = listener;
  }

  onDeath(): void {
    // It lives and dies with the caller.
  }

  async terminate(): Promise<void> {
    this.#listener = () => {};
  }
}
