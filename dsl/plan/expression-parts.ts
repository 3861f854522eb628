import type { ColumnExpression, Expression } from './expression.ts';

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

/** The same expression with another one in the place of each column. */
export function replaceColumns(expression: Expression, replace: (column: ColumnExpression) => Expression): Expression {
  if (expression.kind === 'column') return replace(expression);
  return mapOperands(expression, operand => replaceColumns(operand, replace));
}

/** The same expression over columns of other names. */
export function renameColumns(expression: Expression, nameOf: (column: string) => string): Expression {
  return replaceColumns(expression, column => ({ ...column, column: nameOf(column.column) }));
}

/** The columns that an expression reads, at each place where it does. */
export function columnsIn(expression: Expression): ColumnExpression[] {
  const found: ColumnExpression[] = [];
  replaceColumns(expression, column => {
    found.push(column);
    return column;
  });
  return found;
}

/** Their names, each once. */
export function columnsOf(expression: Expression): string[] {
  return [...new Set(columnsIn(expression).map(({ column }) => column))];
}
