import type { Expression } from './plan.ts';

/** The same expression with what `map` makes of each of its operands; of a column or a literal, itself. */
export function mapOperands(expression: Expression, map: (operand: Expression) => Expression): Expression {
  switch (expression.kind) {
    case 'literal':
    case 'column':
      return expression;
    case 'negate':
      return { ...expression, operand: map(expression.operand) };
    case 'not':
      return { ...expression, operand: map(expression.operand) };
    case 'is-null':
      return { ...expression, operand: map(expression.operand) };
    case 'and':
    case 'or':
      return { ...expression, left: map(expression.left), right: map(expression.right) };
    case 'compare':
      return { ...expression, left: map(expression.left), right: map(expression.right) };
    case 'arithmetic':
      return { ...expression, left: map(expression.left), right: map(expression.right) };
    case 'coalesce':
      return { ...expression, left: map(expression.left), right: map(expression.right) };
    case 'in':
      return { ...expression, operand: map(expression.operand), items: expression.items.map(map) };
    case 'case':
      return {
        ...expression,
        branches: expression.branches.map(({ when, then }) => ({ when: map(when), then: map(then) })),
        otherwise: map(expression.otherwise),
      };
    case 'call':
      return { ...expression, arguments: expression.arguments.map(map) };
  }
}
