import type { Expression as Syntax } from '../ast.ts';
import type { Checker } from './checker.ts';
import { isNumber } from './agree.ts';
import { truth } from './comparison.ts';
import { describe, placeOf } from './describe.ts';
import { isNull, literal, not } from './fold.ts';
import { checkRowIsThere } from './name.ts';
import { error } from './report.ts';
import type { Checked } from './scope.ts';

type Binary = Extract<Syntax, { kind: 'binary' }>;

/** What is true, false or null; null after a report. `place` is for the message: "`where`". */
export function checkTruth(syntax: Syntax, place: string, checker: Checker): Checked | null {
  const checked = checker.check(syntax);
  if (checked === null || checked.type === 'bool') return checked;
  if (isNull(checked.expression)) return truth(literal('bool', null), syntax);
  const name = checked.named?.name;
  const hint = isNumber(checked) && name !== undefined ? `compare it: \`${name} > …\`` : undefined;
  const message = `${place} needs a condition, and this is ${describe(checked)}`;
  const related = checked.named?.declaredAt ? [placeOf(checked)] : undefined;
  checker.report(error('MR2102', syntax.span, message, { hint, related }));
  return null;
}

export function checkLogic(syntax: Binary, operator: 'and' | 'or', checker: Checker): Checked | null {
  const left = checkTruth(syntax.left, `\`${operator}\``, checker);
  const right = checkTruth(syntax.right, `\`${operator}\``, checker);
  if (left === null || right === null) return null;
  return truth({ kind: operator, type: 'bool', left: left.expression, right: right.expression }, syntax);
}

export function checkNot(syntax: Extract<Syntax, { kind: 'unary' }>, checker: Checker): Checked | null {
  const operand = checkTruth(syntax.operand, '`not`', checker);
  return operand && truth(not(operand.expression), syntax);
}

export function checkIsNull(syntax: Extract<Syntax, { kind: 'is-null' }>, checker: Checker): Checked | null {
  const row = checkRowIsThere(syntax.operand, checker);
  const operand = row === undefined ? checker.check(syntax.operand) : row;
  if (operand === null) return null;
  const isAbsent = { kind: 'is-null', type: 'bool', operand: operand.expression } as const;
  return truth(syntax.isNegated ? { kind: 'not', type: 'bool', operand: isAbsent } : isAbsent, syntax);
}
