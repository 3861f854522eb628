import type { AlertDifference } from '../../../engine/backtest/compare-alerts.ts';
import type { Score } from '../../../engine/backtest/score-alerts.ts';
import type { Watched } from '../../../engine/backtest/watched-time.ts';

/** Alerts of two versions of rules over the same history. */
export type Backtest = {
  /** Those of `--against`, and those of the files. */
  readonly before: ScoredRun;
  readonly after: ScoredRun;
  /** In order of time. */
  readonly differences: readonly AlertDifference[];
  /** Names, of both. */
  readonly rules: readonly string[];
  /** Where the events came from: for people. */
  readonly from: string;
  readonly watched: Watched;
  /** Labels of faults that nobody could find in it. */
  readonly leftOut: number;
};

export type ScoredRun = {
  readonly name: string;
  /** Null: no faults are known. */
  readonly score: Score | null;
};
