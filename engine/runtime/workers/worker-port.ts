import type { FromWorker, ToWorker } from './worker-protocol.ts';

/**
 * The way to a worker and back. Messages arrive in the order in which they were posted. Who posts gives away the buffers
 * in `transfer`. A worker that is gone says so once, through `onDeath`; nothing comes after that.
 */
export interface WorkerPort {
  post(message: ToWorker, transfer?: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: FromWorker) => void): void;
  onDeath(listener: (reason: string) => void): void;
  /** Ends the worker, whatever it does. */
  terminate(): Promise<void>;
}
