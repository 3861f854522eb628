import type { Scalar } from '../../engine/batch.ts';
import type { RecordedAlerts } from './alert-history.ts';
import type { DrawnPanel, DrawnRule } from './drawn-plan.ts';
import type { ReportLabel } from './report-labels.ts';
import type { Trace } from './trace.ts';

/** What a run left for its report: bounded, however long the run was. */
export type RecordedRun = RecordedAlerts & {
  /** Times of the first and the last thing that was seen; null: nothing was. */
  readonly stretch: { readonly fromUs: number; readonly toUs: number } | null;
  readonly rules: readonly RecordedRule[];
  /** They have no charts. */
  readonly rulesLeftOut: number;
  readonly labels: readonly ReportLabel[];
  readonly labelsLeftOut: number;
};

export type RecordedRule = Pick<DrawnRule, 'name'> & {
  readonly figures: readonly RecordedFigure[];
  /** Keys that were read and are not drawn: of those, so many had an alert. */
  readonly keysLeftOut: number;
  readonly alertingKeysLeftOut: number;
  /** There were more keys than were counted. */
  readonly isMore: boolean;
};

/** What is drawn of one rule and key. */
export type RecordedFigure = {
  readonly key: Readonly<Record<string, Scalar>>;
  readonly panels: readonly (DrawnPanel & { readonly trace: Trace })[];
};
