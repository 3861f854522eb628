import type { JobMetrics } from '../../../engine/runtime/metrics/job-metrics.ts';

/** One metric as Prometheus knows it; a counter's samples have `_total` behind this name. */
export type Metric = {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly Label[];
  /** What becomes of samples that get the same labels: see LabelLimit. Default: their sum. */
  readonly merge?: 'max' | 'min';
  /** It counts for as long as the process is there; others count for one job, and are added up. */
  readonly isOfProcess?: true;
  readonly samples: (state: ServerState) => readonly Sample[];
};

/** Bounded by the plan, but for `code`, `change`, `severity` and `level`, which are bounded by the program; never keys. */
export type Label =
  | 'stream'
  | 'rule'
  | 'sink'
  | 'input'
  | 'worker'
  | 'function'
  | 'pattern'
  | 'code'
  | 'change'
  | 'severity'
  | 'level'
  | 'version';

/** `labels` in the order of the metric's. */
export type Sample = { readonly labels: readonly string[]; readonly value: number };

/** What metrics are read of. */
export type ServerState = {
  readonly job: JobMetrics;
  readonly isRunning: boolean;
  readonly version: string;
  readonly process: ProcessState;
  readonly logged: readonly LoggedCount[];
};

export type ProcessState = {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly startSeconds: number; // since 1970
  readonly eventLoopDelay: { readonly meanSeconds: number; readonly maxSeconds: number };
};

/** How often something was to be logged, whether it was or was only counted. */
export type LoggedCount = { readonly level: string; readonly code: string; readonly count: number };
