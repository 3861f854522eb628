import type { Expression } from '../ast.ts';
import type { FieldOrigin, SourceField, ValueType } from '../plan.ts';
import { error, type Report } from './report.ts';
import { walkExpression } from './walk-syntax.ts';

export type FieldValue = Pick<SourceField, 'from' | 'isNumberFromText' | 'scaling'>;

/** Reads a number that stands for a constant: a literal, a `let`, arithmetic of them. Null after a report. */
export type ConstantReader = (expression: Expression) => number | null;

/**
 * What stands behind a field's `=`: one path or subject token, read as a number and scaled by constants, step by step
 * from the inside out. Null after a report.
 */
export function checkFieldValue(
  value: Expression,
  type: ValueType,
  readConstant: ConstantReader,
  report: Report,
): FieldValue | null {
  const found = unfold(value, readConstant, report);
  if (found === null) return null;
  const isNumber = type === 'float' || type === 'int';
  if (!isNumber && (found.scaling.length > 0 || found.isNumberFromText)) {
    const what = found.scaling.length > 0 ? 'scaled' : 'read with `number(…)`';
    report(error('MR2524', value.span, `a ${type} cannot be ${what}`, { hint: 'declare the field as float or int' }));
    return null;
  }
  return found;
}

/** The place of a value in a message: `$.a.b` or `subject[3]`; undefined if the expression is neither. */
function originOf(value: Expression, report: Report): FieldOrigin | null | undefined {
  if (value.kind === 'path') return { kind: 'path', path: value.segments };
  if (value.kind !== 'index' || value.object.kind !== 'name' || value.object.name !== 'subject') return undefined;
  const [token] = value.index;
  if (value.index.length === 1 && token?.kind === 'number' && token.unit === null && isTokenNumber(token.value)) {
    return { kind: 'subject', token: token.value };
  }
  const hint = 'in `plant.a.b`, `subject[1]` is `plant` and `subject[3]` is `b`';
  report(error('MR2525', value.span, 'a token of the subject is a whole number counted from 1', { hint }));
  return null;
}

type Unfolded = { from: FieldOrigin; isNumberFromText: boolean; scaling: SourceField['scaling'][number][] };

/** Goes down the side that holds the path, then applies the constants on the way back up. */
function unfold(root: Expression, readConstant: ConstantReader, report: Report): Unfolded | null {
  const steps: ((value: Unfolded) => boolean)[] = [];
  let at = root;
  for (;;) {
    const from = originOf(at, report);
    if (from === null) return null;
    if (from !== undefined) {
      const value: Unfolded = { from, isNumberFromText: false, scaling: [] };
      return steps.toReversed().every(step => step(value)) ? value : null;
    }
    const step = stepOf(at, readConstant, report);
    if (step === null) return null;
    steps.push(step.apply);
    at = step.inside;
  }
}

type Step = { readonly inside: Expression; readonly apply: (value: Unfolded) => boolean };

function stepOf(at: Expression, readConstant: ConstantReader, report: Report): Step | null {
  if (at.kind === 'call' && at.name.name === 'number' && at.arguments.length === 1) {
    return { inside: at.arguments[0]!, apply: value => (value.isNumberFromText = true) };
  }
  if (at.kind === 'unary' && at.operator === '-') {
    return { inside: at.operand, apply: value => scale(value, '*', -1) };
  }
  if (at.kind !== 'binary' || !isArithmetic(at.operator)) return refuse(at, report);
  const { operator } = at;
  if (hasOrigin(at.left) && !hasOrigin(at.right)) {
    const by = readConstant(at.right);
    if (by === null) return null;
    if (operator === '/' && by === 0) {
      report(error('MR2536', at.right.span, 'the field is divided by 0'));
      return null;
    }
    return { inside: at.left, apply: value => scale(value, operator, by) };
  }
  if (hasOrigin(at.right) && !hasOrigin(at.left) && operator !== '/') {
    const by = readConstant(at.left);
    if (by === null) return null;
    // 100 - x is x * -1 + 100, to the last bit
    if (operator === '-') return { inside: at.right, apply: value => scale(value, '*', -1) && scale(value, '+', by) };
    return { inside: at.right, apply: value => scale(value, operator, by) };
  }
  return refuse(at, report);
}

function refuse(at: Expression, report: Report): null {
  const written = at.kind === 'name' ? `write \`$.${at.name}\` for the payload's \`${at.name}\`` : undefined;
  const hint = written ?? 'compute it in a derived stream: `stream b = from a select … as x`';
  const message = 'behind `=` stands one path (`$.t`) or token (`subject[3]`), scaled by constants at most';
  report(error('MR2523', at.span, message, { hint }));
  return null;
}

function scale(value: Unfolded, operator: '+' | '-' | '*' | '/', by: number): boolean {
  value.scaling.push({ operator, by });
  return true;
}

function hasOrigin(expression: Expression): boolean {
  let has = false;
  walkExpression(expression, inside => {
    if (inside.kind === 'path' || (inside.kind === 'name' && inside.name === 'subject')) has = true;
  });
  return has;
}

function isArithmetic(operator: string): operator is '+' | '-' | '*' | '/' {
  return operator === '+' || operator === '-' || operator === '*' || operator === '/';
}

function isTokenNumber(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
