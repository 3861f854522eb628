import type { Expression } from './plan.ts';

/** The same expression over columns of other names. */
export function renameColumns(expression: Expression, nameOf: (column: string) => string): Expression {
  const renamed = (operand: Expression) => renameColumns(operand, nameOf);
  switch (expression.kind) {
    case 'literal':
      return expression;
    case 'column':
      return { ...expression, column: nameOf(expression.column) };
    case 'negate':
      return { ...expression, operand: renamed(expression.operand) };
    case 'not':
      return { ...expression, operand: renamed(expression.operand) };
    case 'is-null':
      return { ...expression, operand: renamed(expression.operand) };
    case 'and':
    case 'or':
      return { ...expression, left: renamed(expression.left), right: renamed(expression.right) };
    case 'compare':
      return { ...expression, left: renamed(expression.left), right: renamed(expression.right) };
    case 'arithmetic':
      return { ...expression, left: renamed(expression.left), right: renamed(expression.right) };
    case 'coalesce':
      return { ...expression, left: renamed(expression.left), right: renamed(expression.right) };
    case 'in':
      return { ...expression, operand: renamed(expression.operand), items: expression.items.map(renamed) };
    case 'case':
      return {
        ...expression,
        branches: expression.branches.map(({ when, then }) => ({ when: renamed(when), then: renamed(then) })),
        otherwise: renamed(expression.otherwise),
      };
    case 'call':
      return { ...expression, arguments: expression.arguments.map(renamed) };
  }
}
