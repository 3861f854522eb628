import type { Plan, PlanNode } from '../../../dsl/plan.ts';

/** The node that starts the sequence of rows which this one sees. */
export function frameOf(node: PlanNode, plan: Plan): PlanNode {
  if (!('input' in node) || node.kind === 'rekey' || node.kind === 'match' || node.kind.endsWith('-window')) {
    return node;
  }
  return frameOf(plan.nodes.find(({ id }) => id === node.input)!, plan);
}
