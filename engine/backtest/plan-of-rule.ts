import { type Plan, PLAN_VERSION, type RuleNode } from '../../dsl/plan.ts';
import { RuleVersions } from '../rule-version.ts';
import { PlanReaders } from '../runtime/workers/plan-readers.ts';

/** A rule with all that it reads, the rules that it asks of among it. */
export type PlanOfRule = { readonly plan: Plan; readonly version: string };

/** Null: the plan has no such rule. */
export function planOfRule(plan: Plan, name: string): PlanOfRule | null {
  const rule = plan.nodes.find((node): node is RuleNode => node.kind === 'rule' && node.name === name);
  if (rule === undefined) return null;
  const versions = new RuleVersions(plan, new PlanReaders(plan));
  return { plan: { version: PLAN_VERSION, nodes: versions.readBy(rule) }, version: versions.versionOf(rule) };
}
