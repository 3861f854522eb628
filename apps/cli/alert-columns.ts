import type { AlertChangeKind, Plan } from '../../dsl/plan.ts';

/** How wide columns of alerts are, so that all lines of a run stand under each other. */
export type AlertColumns = { readonly ruleWidth: number; readonly changeWidth: number };

/**
 * As wide as what the plan's rules say. `isActedOn`: operators can; then those acknowledge whose rules wait for it, and what
 * else they do stands out.
 */
export function alertColumns({ nodes }: Plan, { isActedOn }: { readonly isActedOn: boolean }): AlertColumns {
  const rules = nodes.filter(node => node.kind === 'rule');
  const changes = new Set<AlertChangeKind>(['raised', 'level', 'cleared']);
  for (const { isLatched = false, escalate, suppress } of rules) {
    if (isLatched) changes.add('returned');
    if (suppress !== undefined) changes.add('unsuppressed');
    if (escalate !== undefined) changes.add('escalated');
    if (isActedOn && (isLatched || escalate?.isUnlessAcked === true)) changes.add('acknowledged');
  }
  return { ruleWidth: longest(rules.map(({ name }) => name)), changeWidth: longest([...changes]) };
}

function longest(words: readonly string[]): number {
  return Math.max(0, ...words.map(word => word.length));
}
