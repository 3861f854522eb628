import type { Outcome } from '../../../engine/backtest/trade-off.ts';
import type { ScoreCounts } from '../../../engine/backtest/score-alerts.ts';
import type { Watched } from '../../../engine/backtest/watched-time.ts';
import type { Values, VariedConstant } from './varied-constants.ts';

/** What the rule came to with some values of its constants. */
export type Trial = Outcome & { readonly values: Values; readonly counts: ScoreCounts };

/** What a rule came to with all of these values, over the same history. */
export type Tuning = {
  readonly rule: string;
  readonly varied: readonly VariedConstant[];
  readonly trials: readonly Trial[];
  /** As the files have it: one of them. */
  readonly current: Trial;
  readonly best: Trial;
  /** Where the events came from: for people. */
  readonly from: string;
  readonly watched: Watched;
  /** Labels of faults that the rule could not find in it. */
  readonly leftOut: number;
};
