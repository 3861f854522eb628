/**
 * When a watched process kills itself: in the write of this byte of all that it writes, or in the nth operation at a place,
 * over all its threads. A write in which the byte lies, or that is `torn`, is done in part.
 */
export type KillPlan =
  | { readonly kind: 'never' }
  | { readonly kind: 'byte'; readonly at: number }
  | { readonly kind: 'place'; readonly place: string; readonly at: number; readonly moment: KillMoment };

export type KillMoment = 'before' | 'torn' | 'after';

/** What is handed to a process that is watched. */
export type Watch = {
  readonly plan: KillPlan;
  /** Where it says what it is doing: a slot for each thread. */
  readonly logFile: string;
};

/** What a thread says in its slot. */
export type ThreadLog = {
  /** Places of its operations that have begun and not ended. */
  readonly underWay: readonly string[];
  /** Where the process killed itself. */
  readonly killedIn: string | null;
  /** Of the process, by all threads so far. */
  readonly bytes: number;
  readonly operations: Readonly<Record<string, number>>; // by place, where there are any
};

export const WATCH_VARIABLE = 'MILLRACE_KILL_WATCH';
export const SLOT_BYTES = 4096;
