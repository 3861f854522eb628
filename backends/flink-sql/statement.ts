import type { PlanNode } from '../../dsl/plan.ts';

/** The name of the statement that a node is part of: ids begin with it. */
export function statementOf({ id }: Pick<PlanNode, 'id'>): string {
  const name = id.slice(id.indexOf(':') + 1);
  return name.includes('#') ? name.slice(0, name.indexOf('#')) : name;
}
