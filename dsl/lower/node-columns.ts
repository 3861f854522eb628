import { columnsOf } from '../check/columns.ts';
import type { PlanNode } from '../plan.ts';

/** The view that a node reads; null of sources and tables. */
export function inputOf(node: PlanNode): string | null {
  return 'input' in node ? node.input : null;
}

/** The columns of its input that a node reads. */
export function columnsReadBy(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'source':
    case 'side':
    case 'table':
    case 'alerts':
    case 'store':
    case 'silence': // the key's, which are always there
      return [];
    case 'lookup':
      return node.key;
    case 'filter':
      return columnsOf(node.condition);
    case 'compute':
      return columnsOf(node.expression);
    case 'select':
      return node.fields.map(field => field.column);
    case 'rekey':
      return node.by;
    case 'range': {
      const columns = node.aggregates.flatMap(aggregate => aggregate.arguments);
      return node.quality === null ? columns : [...columns, node.quality];
    }
    case 'tumbling-window':
    case 'hopping-window':
    case 'session-window':
    case 'count-window':
      return node.aggregates.flatMap(aggregate => aggregate.arguments);
    case 'state-window':
      return [node.from, node.to, ...node.aggregates.flatMap(aggregate => aggregate.arguments)];
    case 'history':
      return [node.argument, node.limit, node.quality].filter(column => column !== undefined);
    case 'route':
      return node.condition === null ? [] : columnsOf(node.condition);
    case 'rule':
      return [
        ...node.levels.map(level => level.when),
        ...(node.clear === null ? [] : [node.clear.when]),
        ...(node.while === null ? [] : [node.while.condition]),
        ...(node.quality.column === null ? [] : [node.quality.column]),
        ...(node.suppress?.columns ?? []).map(read => read.column),
        ...node.values.map(value => value.column),
      ];
  }
}

/** The columns that a column node adds to its input. */
export function columnsAddedBy(node: PlanNode): readonly string[] {
  if (node.kind === 'compute' || node.kind === 'history') return [node.id];
  if (node.kind === 'lookup') return node.fields.map(field => field.name);
  return node.kind === 'range' ? node.aggregates.map(aggregate => aggregate.name) : [];
}
