import type { Expression } from '../ast.ts';

/** Visits an expression and all inside it, parents first, without recursion: files nest as deep as they like. */
export function walkExpression(root: Expression, visit: (expression: Expression) => void): void {
  const waiting: Expression[] = [root];
  while (waiting.length > 0) {
    const expression = waiting.pop()!;
    visit(expression);
    waiting.push(...childrenOf(expression).toReversed());
  }
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'duration':
    case 'string':
    case 'boolean':
    case 'null':
    case 'name':
    case 'path':
    case 'events':
    case 'adapt':
    case 'season':
      return [];
    case 'interval':
      return [expression.low, expression.high];
    case 'member':
      return [expression.object];
    case 'index':
      return [expression.object, ...expression.index];
    case 'call':
      return expression.arguments;
    case 'unary':
    case 'is-null':
    case 'rarer':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'in':
      return 'low' in expression.items
        ? [expression.operand, expression.items.low, expression.items.high]
        : [expression.operand, ...expression.items];
    case 'case':
      return [
        ...expression.branches.flatMap(branch => [branch.when, branch.then]),
        ...(expression.otherwise === null ? [] : [expression.otherwise]),
      ];
  }
}
