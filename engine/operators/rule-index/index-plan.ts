import type { Expression, PlanNode, RuleNode } from '../../../dsl/plan.ts';
import type { Functions } from '../../functions/own-functions.ts';
import { isReadWhenQuiet } from '../rule/condition-reader.ts';
import { bestGuards } from '../row-index/best-guards.ts';
import { callsOwn, type Guard, guardsOf, guardsOfAny } from '../row-index/guard.ts';

/** Which rules of a view are found by the values of a column, and how. */
export type IndexPlan = {
  readonly guardOf: ReadonlyMap<PlanNode, Guard>;
  /** Of a column of type bool: what it is computed by, else the column itself. */
  conditionOf(column: string): Expression;
};

/**
 * A rule may be left out where no level can be true, of keys that it does not watch (MEANING.md 18): unless it reads the
 * other rows of such keys as well. Values of its own key's fields never change, so that of other keys it needs to know nothing.
 */
export function planIndex(
  nodes: readonly PlanNode[],
  { keyFields, functions }: { readonly keyFields: readonly string[]; readonly functions: Functions },
): IndexPlan {
  const computes = nodes.filter(node => node.kind === 'compute').filter(node => !callsOwn(node.expression, functions));
  const computed = new Map(computes.map(node => [node.id, node.expression]));
  const conditionOf = (column: string): Expression => computed.get(column) ?? { kind: 'column', type: 'bool', column };
  const isOfKey = ({ kind, column }: Guard) => kind === 'equals' && keyFields.includes(column);
  const rules = nodes.filter(node => node.kind === 'rule');
  const candidates = rules.map(rule => {
    const guards = guardsOfAny(rule.levels.map(({ when }) => guardsOf(conditionOf(when))));
    return { node: rule, guards: guards.filter(guard => isOfKey(guard) || !isReadWhenQuiet(rule)) };
  });
  return { guardOf: bestGuards(candidates, { isPreferred: isOfKey }), conditionOf };
}

/** Whether nobody reads the node's column but rules in the index, as a condition: then there is no need of the column. */
export function isTestedOnly(
  node: PlanNode,
  readers: readonly PlanNode[],
  { guardOf, conditionOf }: IndexPlan,
): boolean {
  if (node.kind !== 'compute' || conditionOf(node.id) !== node.expression) return false;
  return readers.every(reader => reader.kind === 'rule' && guardOf.has(reader) && !isShown(reader, node.id));
}

function isShown({ values, suppress, quality }: RuleNode, column: string): boolean {
  return quality.column === column || [...values, ...(suppress?.columns ?? [])].some(shown => shown.column === column);
}
