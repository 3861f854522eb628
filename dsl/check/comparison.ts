import type { Expression as Syntax } from '../ast.ts';
import type { Expression } from '../plan.ts';
import { agree, type Pair } from './agree.ts';
import type { Checker } from './checker.ts';
import { placeOf } from './describe.ts';
import { compare, isLiteral, isNull, not } from './fold.ts';
import { checkBeside, isWord } from './name.ts';
import { error } from './report.ts';
import type { Checked } from './scope.ts';
import { unify } from './unify.ts';

type Binary = Extract<Syntax, { kind: 'binary' }>;
type In = Extract<Syntax, { kind: 'in' }>;
export type Comparison = Extract<Expression, { kind: 'compare' }>['operator'];

/** `temp > 185 degF`; null after a report. */
export function checkComparison(syntax: Binary, operator: Comparison, checker: Checker): Checked | null {
  const pair = checkPair(syntax, checker);
  if (pair === null) return null;
  const { left, right } = pair;
  if (isNull(left.expression) || isNull(right.expression)) return reportNull(syntax, operator, checker);
  const agreed = agree(pair, 'compared with', checker.report);
  if (agreed === null || !isComparable(agreed.left, operator, syntax, checker)) return null;
  noteUnit(pair, checker);
  return truth(compare(operator, { left: agreed.left.expression, right: agreed.right.expression }), syntax);
}

/** Two operands, of which a word such as `good` means what the other one says. */
export function checkPair({ left, right }: { left: Syntax; right: Syntax }, checker: Checker): Pair | null {
  const isLeftWord = isWord(left) && !isWord(right);
  const first = isLeftWord ? checker.check(right) : checker.check(left);
  const second = checkBeside(isLeftWord ? left : right, first, checker);
  if (first === null || second === null) return null;
  return isLeftWord ? { left: second, right: first } : { left: first, right: second };
}

/** `state in ("a", "b")`, `temp in 10 degC..20 degC` (both ends are inside); null after a report. */
export function checkIn(syntax: In, checker: Checker): Checked | null {
  const operand = checker.check(syntax.operand);
  const inside =
    'low' in syntax.items
      ? checkBetween(syntax, syntax.items, operand, checker)
      : checkListed(syntax, syntax.items, operand, checker);
  return inside && truth(syntax.isNegated ? not(inside) : inside, syntax);
}

export function truth(expression: Expression, { span }: { readonly span: Checked['span'] }): Checked {
  return { expression, type: 'bool', unit: null, span };
}

function checkBetween(
  syntax: In,
  bounds: { readonly low: Syntax; readonly high: Syntax },
  operand: Checked | null,
  checker: Checker,
): Expression | null {
  const from = checkBound(bounds.low, operand, checker);
  const to = checkBound(bounds.high, operand, checker);
  if (from === null || to === null || !isComparable(from.left, '<=', syntax, checker)) return null;
  if (isEmpty(from.right.expression, to.right.expression)) {
    checker.report(error('MR2110', syntax.span, 'nothing lies in this range: it ends below its start'));
    return null;
  }
  const above = compare('>=', { left: from.left.expression, right: from.right.expression });
  const below = compare('<=', { left: to.left.expression, right: to.right.expression });
  return { kind: 'and', type: 'bool', left: above, right: below };
}

function checkListed(
  syntax: In,
  items: readonly Syntax[],
  operand: Checked | null,
  checker: Checker,
): Expression | null {
  const values = items.map(item => checkBeside(item, operand, checker));
  if (operand === null || values.includes(null)) return null;
  const given = values as readonly Checked[]; // null is out
  if (given.some(({ expression }) => isNull(expression))) return reportNull(syntax, '==', checker);
  const unified = unify([operand, ...given], 'compared with', checker.report);
  if (unified === null) return null;
  const [first, ...rest] = unified.map(({ expression }) => expression);
  return { kind: 'in', type: 'bool', operand: first!, items: rest };
}

function checkBound(syntax: Syntax, operand: Checked | null, checker: Checker): Pair | null {
  const item = checkBeside(syntax, operand, checker);
  const pair = operand && item && agree({ left: operand, right: item }, 'compared with', checker.report);
  if (pair !== null) noteUnit({ left: operand!, right: item! }, checker);
  return pair;
}

/** `slope(temp, 4h) > 10 K/h`, `abs(slope(temp, 4h)) > 10 K/h`: people think of it in K/h. */
function noteUnit({ left, right }: Pair, { scope: { comparedUnits } }: Checker): void {
  const [value, limit] = isLiteral(left.expression) ? [right, left] : [left, right];
  if (comparedUnits === undefined || limit.unit === null || !isLiteral(limit.expression)) return;
  const column = columnWithin(value.expression);
  if (column !== null && !comparedUnits.has(column)) comparedUnits.set(column, limit.unit);
}

/** The column itself, or behind a sign. */
function columnWithin(expression: Expression): string | null {
  if (expression.kind === 'column') return expression.column;
  if (expression.kind === 'negate') return columnWithin(expression.operand);
  return expression.kind === 'call' && expression.function === 'abs' ? columnWithin(expression.arguments[0]!) : null;
}

function isEmpty(low: Expression, high: Expression): boolean {
  return isLiteral(low) && isLiteral(high) && low.value !== null && high.value !== null && low.value > high.value;
}

function isComparable(value: Checked, operator: Comparison, syntax: Syntax, { report }: Checker): boolean {
  if (operator === '==' || operator === '!=' || value.type !== 'bool') return true;
  const hint = 'write the condition itself, or `not` before it';
  report(error('MR2106', syntax.span, 'conditions have no order', { hint, related: [placeOf(value)] }));
  return false;
}

function reportNull(syntax: Syntax, operator: Comparison, { report }: Checker): null {
  const hint = operator === '!=' ? 'write `… is not null`' : 'write `… is null`';
  report(error('MR2105', syntax.span, 'a comparison with null is never true', { hint }));
  return null;
}
