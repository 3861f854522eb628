import type { Expression, ValueType } from '../../dsl/plan.ts';

/** A column held to a number: `temp > 85`, and `abs(offset) > 30` at either side of zero. */
export type ConditionLimit = {
  readonly column: Extract<Expression, { readonly kind: 'column' }>;
  readonly operator: Comparison;
  readonly value: number;
};

type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** The simple limits in a condition, in their order; none of what is not one by itself. */
export function limitsIn(condition: Expression): ConditionLimit[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...limitsIn(condition.left), ...limitsIn(condition.right)];
    case 'compare': {
      const { left, right, operator } = condition;
      const [leftNumber, rightNumber] = [numberOf(left), numberOf(right)];
      if (rightNumber !== null) return limitsOf(left, operator, rightNumber);
      return leftNumber === null ? [] : limitsOf(right, TURNED[operator], leftNumber);
    }
    default:
      return [];
  }
}

/** A number that stands there, whatever the row. */
export function numberOf(expression: Expression): number | null {
  if (expression.kind === 'negate') {
    const value = numberOf(expression.operand);
    return value === null ? null : -value;
  }
  return expression.kind === 'literal' && typeof expression.value === 'number' ? expression.value : null;
}

export function isDrawnAsNumber(type: ValueType): boolean {
  return type === 'float' || type === 'int' || type === 'duration';
}

function limitsOf(read: Expression, operator: Comparison, value: number): ConditionLimit[] {
  if (read.kind === 'column') return isDrawnAsNumber(read.type) ? [{ column: read, operator, value }] : [];
  if (read.kind === 'negate') return limitsOf(read.operand, TURNED[operator], -value);
  if (read.kind !== 'call' || read.function !== 'abs' || value < 0) return [];
  const inner = read.arguments[0]!;
  return [...limitsOf(inner, operator, value), ...limitsOf(inner, TURNED[operator], -value)];
}

const TURNED: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};
