import { DURATION_COLUMN, type Field, type PlanNode, type ValueType } from '../../dsl/plan.ts';
import type { Views } from './views.ts';

/** What is in a column of a view, by the plan. */
export function typeOf(views: Views, view: string, column: string): ValueType {
  if (column === 'until') return 'time';
  if (column === DURATION_COLUMN) return 'duration';
  for (let node: PlanNode | undefined = views.node(view); node !== undefined; node = inputOf(views, node)) {
    const field = fieldsOf(node).find(({ name }) => name === column);
    if (field !== undefined) return field.type;
  }
  return 'time'; // which every row has
}

function fieldsOf(node: PlanNode): readonly Field[] {
  if (node.kind === 'merge') return node.key;
  return 'fields' in node ? node.fields : [];
}

function inputOf(views: Views, node: PlanNode): PlanNode | undefined {
  return 'input' in node ? views.node(node.input) : undefined;
}
