import type { Plan, PlanNode } from '../../../dsl/plan.ts';
import { PlanReaders } from '../workers/plan-readers.ts';

/**
 * What of a plan is run over history: these rules (undefined: all), with all that they read, and the derived series that it
 * stores, where they are wanted. Nothing is routed, and what is read is not stored again.
 */
export function historyPlan(
  plan: Plan,
  { rules, hasSeries }: { readonly rules?: readonly string[] | undefined; readonly hasSeries: boolean },
): Plan {
  const sources = new Set(plan.nodes.flatMap(node => (node.kind === 'source' ? [node.id] : [])));
  const isWanted = (node: PlanNode) => {
    if (node.kind === 'rule') return rules?.includes(node.name) ?? true;
    return node.kind === 'store' && hasSeries && !sources.has(node.input);
  };
  const needed = new PlanReaders(plan).withInputs(plan.nodes.filter(isWanted));
  return { ...plan, nodes: plan.nodes.filter(node => needed.has(node.id)) };
}
