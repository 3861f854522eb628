import { ThreadPort } from '../../engine/runtime/workers/thread-port.ts';
import type { WorkerPort } from '../../engine/runtime/workers/worker-port.ts';
import type { FromWorker, ToWorker } from '../../engine/runtime/workers/worker-protocol.ts';

/** A worker's thread, with a count of the rounds that it has and has not answered. */
export class CountedPort implements WorkerPort {
  readonly #port: ThreadPort;
  #inFlight = 0;
  #most = 0;

  constructor(index: number) {
    this.#port = new ThreadPort(index);
    this.#port.onMessage(message => {
      if (message.kind === 'done') this.#inFlight--;
    });
  }

  /** The most at a time since the last call. */
  takeMost(): number {
    const most = this.#most;
    this.#most = this.#inFlight;
    return most;
  }

  post(message: ToWorker, transfer?: readonly ArrayBuffer[]): void {
    if (message.kind === 'round') this.#most = Math.max(this.#most, ++this.#inFlight);
    this.#port.post(message, transfer);
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#port.onMessage(listener);
  }

  onDeath(listener: (reason: string) => void): void {
    this.#port.onDeath(listener);
  }

  async terminate(): Promise<void> {
    await this.#port.terminate();
  }
}
