import { describeDuration } from '../../../dsl/describe-expression.ts';
import type { Expression, Plan, RuleNode } from '../../../dsl/plan.ts';
import { chartValue, shownValue } from './shown-value.ts';
import type { Limit, Tone } from './timeline.ts';

/** The limits of a rule, by the name of the value that they are for. */
export function limitsOf(rule: RuleNode, plan: Plan): ReadonlyMap<string, readonly Limit[]> {
  const limits = new Map<string, Limit[]>();
  const add = (column: string, limit: { readonly word: string; readonly tone: Tone }) => {
    for (const { operand, operator, value } of comparisonsOf(conditionOf(column, plan))) {
      const compared = rule.values.find(field => field.column === operand);
      if (compared === undefined) continue;
      const text = `${limit.word} ${operator} ${shownValue(value, compared)}`;
      const known = limits.get(compared.name) ?? [];
      limits.set(compared.name, [...known, { value: chartValue(value, compared)!, text, tone: limit.tone }]);
    }
  };
  for (const { severity, when } of rule.levels) add(when, { word: severity, tone: severity });
  if (rule.clear !== null) add(rule.clear.when, { word: 'clear', tone: 'clear' });
  if (rule.while !== null) add(rule.while.condition, { word: 'while', tone: 'muted' });
  return limits;
}

/** `x > 85 for 30s` without the condition: what of a level's time the lane's label says. */
export function timeText({ forUs, gapUs }: { readonly forUs: number; readonly gapUs?: number | null }): string {
  const gap = gapUs === undefined || gapUs === null ? '' : ` gap ${describeDuration(gapUs)}`;
  return forUs === 0 ? '' : ` for ${describeDuration(forUs)}${gap}`;
}

type Comparison = { readonly operand: string; readonly operator: string; readonly value: number };

/** Columns that an expression compares with numbers. */
function comparisonsOf(expression: Expression | null): Comparison[] {
  if (expression === null) return [];
  if (expression.kind === 'and' || expression.kind === 'or') {
    return [...comparisonsOf(expression.left), ...comparisonsOf(expression.right)];
  }
  if (expression.kind !== 'compare') return [];
  const { left, right, operator } = expression;
  if (left.kind !== 'column' || right.kind !== 'literal' || typeof right.value !== 'number') return [];
  return [{ operand: left.column, operator: SIGNS[operator], value: right.value }];
}

const SIGNS = { '==': '=', '!=': '≠', '<': '<', '<=': '≤', '>': '>', '>=': '≥' } as const;

function conditionOf(column: string, plan: Plan): Expression | null {
  const node = plan.nodes.find(({ id }) => id === column);
  return node?.kind === 'compute' ? node.expression : null;
}
