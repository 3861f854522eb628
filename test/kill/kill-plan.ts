import type { FileOperation } from './file-operation.ts';

/**
 * When a watched process kills itself. Bytes and operations are counted over all its threads; an operation that is no
 * write counts as one byte. A write in which the byte lies, or that is `torn`, is done in part.
 */
export type KillPlan =
  | { readonly kind: 'never' }
  | { readonly kind: 'byte'; readonly at: number }
  | { readonly kind: 'operation'; readonly at: number; readonly moment: KillMoment };

export type KillMoment = 'before' | 'torn' | 'after';

/** What is handed to a process that is watched. */
export type Watch = {
  readonly plan: KillPlan;
  /** Where it says what it is doing: a slot for each thread. */
  readonly logFile: string;
};

/** What a thread says in its slot. */
export type ThreadLog = {
  readonly underWay: readonly FileOperation[];
  /** The operation in which the process killed itself. */
  readonly killedIn: FileOperation | null;
  readonly bytes: number; // of the process
  readonly operations: number; // of the process
};

export const WATCH_VARIABLE = 'MILLRACE_KILL_WATCH';
export const SLOT_BYTES = 2048;
