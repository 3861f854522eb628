import type { AlertChange } from '../../operator.ts';
import type { JobWarning, Summary } from '../job.ts';
import type { PortableRows } from './portable-rows.ts';

/**
 * A share of the keys of a plan that is run over history, here or on a thread. Calls, one at a time: `open`; then for each slice of
 * the arrival clock `advance` and `tick`; for each source, when none of the shares has anything left of it, `newest` and `finish`;
 * `close` at the end, or whenever something has failed. Everything that is given is plain data.
 */
export interface HistoryShare {
  /** Nothing is handled yet. Errors: those of `runJob`. */
  open(): Promise<ShareState>;
  /** Handles everything that arrives before an instant. */
  advance(untilUs: number, startedUs: Readonly<Record<string, number>>): Promise<ShareState>;
  /** Lets happen what is due by then, on the arrival clock, where nothing is left to arrive before. */
  tick(nowUs: number): Promise<ShareState>;
  /** The newest event time of a source that has come to its end; −Infinity: it has no keys here. */
  newest(stream: string): Promise<number>;
  /** The keys of the source move on to the newest event time of all shares. */
  finish(stream: string, newestUs: number): Promise<ShareState>;
  close(): Promise<void>;
}

/** How far it has come, and what it has given since it said so last. */
export type ShareState = {
  readonly sources: readonly SourceState[];
  /** Since it was opened. */
  readonly counts: Summary;
  readonly alerts: readonly AlertChange[];
  readonly rows: readonly PortableRows[];
  readonly warnings: readonly JobWarning[];
};

export type SourceState = {
  readonly stream: string;
  readonly isRecorded: boolean;
  /** When the next event arrives; Infinity: there is none. */
  readonly nextUs: number;
  /** The newest arrival so far. */
  readonly lastUs: number;
  /** 0..1 of it is read. */
  readonly share: number;
};
