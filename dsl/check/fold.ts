import type { Expression, ValueType } from '../plan.ts';

/** Parts of a plan's expression; what is constant is computed here, by the engine's own rules. */

type Literal = Extract<Expression, { kind: 'literal' }>;
type Operator<Kind> = Extract<Expression, { kind: Kind; operator: unknown }>['operator'];

export function literal(type: ValueType, value: Literal['value']): Literal {
  // JSON has no negative zero.
  return { kind: 'literal', type, value: value === 0 ? 0 : value };
}

export function isLiteral(expression: Expression): expression is Literal {
  return expression.kind === 'literal';
}

export function isNull(expression: Expression): boolean {
  return isLiteral(expression) && expression.value === null;
}

export function arithmetic(
  operator: Operator<'arithmetic'>,
  type: ValueType,
  { left, right }: { left: Expression; right: Expression },
): Expression {
  if (!isLiteral(left) || !isLiteral(right)) return { kind: 'arithmetic', type, operator, left, right };
  if (typeof left.value !== 'number' || typeof right.value !== 'number') return literal(type, null);
  const result = calculate(operator, left.value, right.value);
  return literal(type, Number.isFinite(result) ? result : null);
}

export function negate(operand: Expression): Expression {
  const { type } = operand;
  if (!isLiteral(operand)) return { kind: 'negate', type, operand };
  return literal(type, typeof operand.value === 'number' ? 0 - operand.value : null);
}

export function not(operand: Expression): Expression {
  if (!isLiteral(operand)) return { kind: 'not', type: 'bool', operand };
  return literal('bool', operand.value === null ? null : operand.value === false);
}

export function compare(
  operator: Operator<'compare'>,
  { left, right }: { left: Expression; right: Expression },
): Expression {
  if (!isLiteral(left) || !isLiteral(right) || typeof left.value !== 'number' || typeof right.value !== 'number') {
    return { kind: 'compare', type: 'bool', operator, left, right };
  }
  return literal('bool', isTrue(operator, left.value, right.value));
}

function calculate(operator: Operator<'arithmetic'>, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
  }
}

function isTrue(operator: Operator<'compare'>, a: number, b: number): boolean {
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}
