import { mapOperands } from './map-expression.ts';
import type { Expression } from './plan.ts';

/** The same expression over columns of other names. */
export function renameColumns(expression: Expression, nameOf: (column: string) => string): Expression {
  if (expression.kind === 'column') return { ...expression, column: nameOf(expression.column) };
  return mapOperands(expression, operand => renameColumns(operand, nameOf));
}
