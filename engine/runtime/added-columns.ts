import type { PlanNode } from '../../dsl/plan.ts';

/** The columns that a node adds to the frame of its view. */
export function addedColumns(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'compute':
    case 'history':
      return [node.id];
    case 'range':
      return node.aggregates.map(({ name }) => name);
    case 'lookup':
      return node.fields.map(({ name }) => name);
    default:
      return [];
  }
}
