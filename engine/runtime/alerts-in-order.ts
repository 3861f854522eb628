import type { Plan } from '../../dsl/plan.ts';
import { compareTexts } from '../compare-texts.ts';
import type { AlertChange } from '../operator.ts';
import { RisenTimes } from './risen-times.ts';

/** By name: where it stands in the file. */
export type RuleOrder = ReadonlyMap<string, number>;

export function ruleOrderOf(plan: Plan): RuleOrder {
  const rules = plan.nodes.filter(node => node.kind === 'rule');
  return new Map(rules.map((rule, i) => [rule.name, i]));
}

/**
 * By (time, key, rule), whoever gave them (docs/decisions/0008). Those of one key, and rule, stay in the order in which they came:
 * `mayFall` says that their times may not.
 */
export function alertsInOrder(
  changes: readonly AlertChange[],
  { ruleOrder, mayFall }: { readonly ruleOrder: RuleOrder; readonly mayFall: boolean },
): readonly AlertChange[] {
  if (changes.length < 2) return changes;
  const risen = mayFall ? new RisenTimes() : undefined;
  const keyed = changes.map(change => {
    const { rule, timeUs } = change;
    const key = JSON.stringify(change.key);
    return { change, key, timeUs: risen === undefined ? timeUs : risen.next(`${rule} ${key}`, timeUs) };
  });
  keyed.sort(
    (a, b) =>
      a.timeUs - b.timeUs ||
      compareTexts(a.key, b.key) ||
      ruleOrder.get(a.change.rule)! - ruleOrder.get(b.change.rule)!,
  ); // stable
  return keyed.map(({ change }) => change);
}
