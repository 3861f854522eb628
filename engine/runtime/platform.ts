import type { SymbolTable } from '../batch.ts';
import type { Disk } from '../disk.ts';
import type { WorkerPort } from './workers/worker-port.ts';

/** What a job needs of the world, so that a simulation can stand in for it. */
export type Platform = {
  readonly disk: Disk;
  readonly clock: Clock;
  /** Starts what runs a WorkerHost: a thread, or something that behaves like one. */
  startWorker(index: number): WorkerPort;
  /** The same on the calling thread, which shares its symbols. */
  startInline(symbols: SymbolTable): WorkerPort;
  /** Keeps other runs out of a state folder, which is there afterwards. Errors: MR6002, MR6004. */
  lockFolder(folder: string): Promise<{ release(): void }>;
};

export type Clock = {
  /** Since 1970. It may be set back: only sources use it, for arrivals. */
  nowUs(): number;
  monotonicMs(): number;
  /** Resolves after this time, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets signals, timers and messages in. */
  giveWay(): Promise<void>;
};
