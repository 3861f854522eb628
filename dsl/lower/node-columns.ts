import { columnsOf } from '../plan/expression-parts.ts';
import type { MatchNode, PlanNode } from '../plan.ts';

/** The view that a node reads; null of sources and tables, and of a merge, which reads several. */
export function inputOf(node: PlanNode): string | null {
  return 'input' in node ? node.input : null;
}

/** What a node reads: views, and which columns of each. */
export function readsOf(node: PlanNode): readonly { readonly view: string; readonly columns: readonly string[] }[] {
  if (node.kind === 'merge') {
    return node.inputs.map(({ input, columns }) => ({ view: input, columns: columns.map(({ column }) => column) }));
  }
  const input = inputOf(node);
  return input === null ? [] : [{ view: input, columns: columnsReadBy(node) }];
}

/** The columns of its input that a node reads. */
function columnsReadBy(node: Exclude<PlanNode, { readonly kind: 'merge' }>): readonly string[] {
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
    case 'interval-join':
    case 'latest-join':
      return [node.left, node.right, ...node.fields.map(field => field.column)];
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
    case 'detector':
      return node.quality === null ? node.arguments : [...node.arguments, node.quality];
    case 'match':
      return columnsReadByMatch(node);
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

/** What conditions read of bound values is the node's own. */
function columnsReadByMatch({ events, values }: MatchNode): readonly string[] {
  const own = new Set(values.map(value => value.name));
  const columns = events.flatMap(({ rows, when, condition }) => [
    rows,
    when,
    ...(condition === null ? [] : columnsOf(condition).filter(column => !own.has(column))),
  ]);
  return [...columns, ...values.map(value => value.column)].filter(column => column !== null);
}
