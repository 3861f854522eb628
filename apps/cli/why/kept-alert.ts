import type { Scalar } from '../../../engine/batch.ts';
import type { ToldChange } from '../../../engine/explanation/why.ts';

/** What is kept of an alert, wherever that is: the changes in order, those that are known. */
export type KeptAlert = {
  readonly id: string;
  readonly rule: string;
  readonly key: Readonly<Record<string, Scalar>>;
  readonly changes: readonly KeptChange[];
};

export type KeptChange = Omit<ToldChange, 'provenance'> & { readonly ruleVersion: string | null };

/** Of several places: each change once, in order of time. */
export function merged(alerts: readonly KeptAlert[]): KeptAlert[] {
  const byId = Map.groupBy(alerts, ({ id }) => id);
  return [...byId.values()].map(same => {
    const known = new Map<string, KeptChange>();
    for (const change of same.flatMap(({ changes }) => changes)) {
      const name = `${change.change} ${change.timeUs}`;
      const before = known.get(name);
      if (before === undefined || before.ruleVersion === null) known.set(name, change);
    }
    return { ...same[0]!, changes: [...known.values()].sort((a, b) => a.timeUs - b.timeUs) };
  });
}
