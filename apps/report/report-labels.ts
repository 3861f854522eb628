import type { Scalar } from '../../engine/batch.ts';

/** What is known to have been so, whatever the rules say: an incident, a fault of a simulation. It is drawn as a band. */
export type ReportLabel = {
  readonly fromUs: number;
  readonly toUs: number;
  readonly name: string;
  /** Null: of any rule. */
  readonly rule: string | null;
  /** It is of the keys that have all of these. */
  readonly key: Readonly<Record<string, Scalar>>;
};

export function isLabelOf(
  { rule, key }: ReportLabel,
  figure: { readonly rule: string; readonly key: Readonly<Record<string, Scalar>> },
): boolean {
  if (rule !== null && rule !== figure.rule) return false;
  return Object.entries(key).every(([name, value]) => figure.key[name] === value);
}
