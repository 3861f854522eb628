import type { Severity } from './alert-changes.ts';
import type { Field } from './field.ts';
import type { Suppression } from './suppression.ts';

/** A rule with its levels; conditions are columns of type bool. Meaning: MEANING.md 18–23. */
export type RuleNode = {
  readonly kind: 'rule';
  readonly id: string; // `rule:overheating`
  readonly name: string;
  readonly input: string;
  readonly levels: readonly RuleLevel[]; // in file order; a severity may stand more than once
  readonly clear: { readonly when: string; readonly forUs: number } | null;
  readonly clearAfterUs: number | null;
  readonly while: { readonly condition: string; readonly settleUs: number } | null;
  readonly cooldownUs: number;
  /** It stays until it is acknowledged. */
  readonly isLatched?: true;
  /** Of matches: a condition holds at the row of which it is true, and no longer. There is no `while`, and nothing lasts. */
  readonly isMomentary?: true;
  /** On the arrival clock, so long after it was raised. */
  readonly escalate?: { readonly severity: Severity; readonly afterUs: number; readonly isUnlessAcked: boolean };
  /** While it is true, the alerts are told as suppressed, and not routed. */
  readonly suppress?: Suppression;
  readonly quality: { readonly column: string | null; readonly otherwise: 'hold' | 'unknown' };
  /** Of a rule on a pattern: where its rows say which rows are bound; of a repeated event the first and the last. */
  readonly bound?: readonly BoundRow[];
  readonly message: Template | null;
  readonly values: readonly (Field & { readonly column: string })[]; // what an alert carries: fields named in conditions or message
  readonly labels: Readonly<Record<string, string>>;
  readonly cause?: string;
  readonly consequence?: string;
  readonly response?: string;
  readonly runbook?: string;
};

/** Columns with the time of a row of a stream and, where that is stored, its identity; null: it is not bound. */
export type BoundRow = {
  readonly stream: string;
  readonly time: string;
  readonly identity: { readonly source: string; readonly sequence: string; readonly item: string } | null;
};

export type RuleLevel = {
  readonly severity: Severity;
  readonly when: string;
  readonly forUs: number; // 0: at once
  readonly gapUs: number | null;
};

/** Text with holes: a hole names a value, a field of the key, `severity`, `rule` or `time`; a number is shown with its unit. */
export type Template = readonly (string | { readonly value: string })[];
