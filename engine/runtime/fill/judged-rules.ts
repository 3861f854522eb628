import type { FilterNode, Plan, PlanNode, RuleNode } from '../../../dsl/plan.ts';

/**
 * The plan with rules that see no rows before a time, each its own: what they read is not warm there, and would raise alerts that
 * never were. By id of the rule; others see all.
 */
export function withJudgedRules(plan: Plan, fromUs: ReadonlyMap<string, number>): Plan {
  const nodes = plan.nodes.flatMap((node): readonly PlanNode[] => {
    const us = fromUs.get(node.id);
    return node.kind === 'rule' && us !== undefined ? judgedFrom(node, us) : [node];
  });
  return { ...plan, nodes };
}

function judgedFrom(rule: RuleNode, fromUs: number): readonly [FilterNode, RuleNode] {
  const judged: FilterNode = {
    kind: 'filter',
    id: `judged ${rule.id}`,
    input: rule.input,
    condition: {
      kind: 'compare',
      type: 'bool',
      operator: '>=',
      left: { kind: 'column', type: 'time', column: 'time' },
      right: { kind: 'literal', type: 'time', value: fromUs },
    },
  };
  return [judged, { ...rule, input: judged.id }];
}
