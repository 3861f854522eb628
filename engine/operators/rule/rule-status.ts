import type { Severity } from '../../../dsl/plan.ts';
import type { Scalar } from '../../batch.ts';
import type { AlertWord, Frame } from '../../operator.ts';
import { sliceColumn } from '../../state/columns.ts';

/** What a rule knows of a key when an entry has been handled. Times that are not now are null. */
export type RuleStatus = {
  /** The key's watermark; of a row, its time. */
  readonly atUs: number;
  readonly isRow: boolean;
  /** In the rule's order. */
  readonly levels: readonly LevelStatus[];
  /** Since when the condition of `while` holds; of a rule without one, since −Infinity. */
  readonly whileSinceUs: number | null;
  /** No alert is raised before this. */
  readonly notBeforeUs: number;
  /** The alert that fires. */
  readonly alert: { readonly severity: Severity; readonly raisedUs: number } | null;
  /** What operators have said of the key, whether an alert fires or not. */
  readonly words: readonly AlertWord[];
};

export type LevelStatus = {
  /** As last read, what `quality` says included; null: not known. */
  readonly truth: boolean | null;
  /** Since when it is pending, or has come due and still holds. */
  readonly sinceUs: number | null;
};

/** Is told of each entry of one rule's keys, in the order in which they are handled; for explanations, which need no speed. */
export type RuleObserver = {
  readonly name: string;
  observe(key: Readonly<Record<string, Scalar>>, status: RuleStatus): void;
};

/** One entry as a frame of its own, in the same memory. */
export function entryOf(frame: Frame, i: number): Frame {
  const { keyIds, timeUs, watermarkUs, arrivalUs, rows, early, hasRows, columns } = frame;
  return {
    length: 1,
    keyIds: keyIds.subarray(i, i + 1),
    timeUs: timeUs.subarray(i, i + 1),
    watermarkUs: watermarkUs.subarray(i, i + 1),
    arrivalUs: arrivalUs.subarray(i, i + 1),
    rows: rows?.subarray(i, i + 1),
    ...(early === undefined ? {} : { early: early.subarray(i, i + 1) }),
    hasRows,
    columns: columns.map(column => column && sliceColumn(column, i, i + 1)),
  };
}
