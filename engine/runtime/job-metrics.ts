import type { Counts } from './delivery.ts';

/** What a job says of itself when it is asked: plain data of that moment. */
export type JobMetrics = {
  /** With those of the runs before it on the same state. */
  readonly counts: Counts;
};
