import { differenceUnit, haveSameDimension, type Unit } from '../catalog/unit.ts';
import { agree, agreeWithoutUnit, isNumber, isText, type Pair, reportUnits } from './agree.ts';
import { convert, isTimeUnit, toDuration } from './convert.ts';
import { describe, placeOf } from './describe.ts';
import { arithmetic, isLiteral } from './fold.ts';
import { error, type Report } from './report.ts';
import type { Checked } from './scope.ts';

export type Sum = { readonly operator: '+' | '-'; readonly pair: Pair; readonly span: Checked['span'] };

/** a + b, a - b of numbers, durations and times; null after a report. */
export function checkSum(sum: Sum, report: Report): Checked | null {
  const { left, right } = sum.pair;
  if (left.type === 'time' || right.type === 'time') return timeSum(sum, report);
  if (isNumber(left) && isNumber(right)) return numberSum(sum, report);
  if (left.type === 'duration' || right.type === 'duration') return durationSum(sum, report);
  return reportOperands(sum, report);
}

/** For operators that need numbers: what stands there instead. */
export function reportOperands({ operator, pair }: Omit<Sum, 'operator'> & { operator: string }, report: Report): null {
  const wrong = [pair.left, pair.right].find(value => !isNumber(value) && value.type !== 'duration') ?? pair.right;
  const other = wrong === pair.left ? pair.right : pair.left;
  const hint = operator === '+' && isText(wrong) ? 'texts are put together by `concat(a, b)`' : undefined;
  const message = `\`${operator}\` cannot be applied to ${describe(wrong)}`;
  report(error('MR2103', wrong.span, message, { hint, related: [placeOf(isText(wrong) ? wrong : other)] }));
  return null;
}

/** time - time is a duration, time ± duration a time. */
function timeSum(sum: Sum, report: Report): Checked | null {
  const { operator, span } = sum;
  const left = durationIfTimed(sum.pair.left);
  const right = durationIfTimed(sum.pair.right);
  const type = timeSumType(operator, left.type, right.type);
  if (type === undefined) return reportOperands(sum, report);
  const expression = arithmetic(operator, type, { left: left.expression, right: right.expression });
  return { expression, type, unit: null, span };
}

function timeSumType(
  operator: '+' | '-',
  left: Checked['type'],
  right: Checked['type'],
): 'time' | 'duration' | undefined {
  if (left === 'time' && right === 'duration') return 'time';
  if (left === 'duration' && right === 'time' && operator === '+') return 'time';
  return left === 'time' && right === 'time' && operator === '-' ? 'duration' : undefined;
}

function durationIfTimed(value: Checked): Checked {
  return value.unit !== null && isTimeUnit(value.unit) ? toDuration(value) : value;
}

function durationSum({ operator, pair, span }: Sum, report: Report): Checked | null {
  if ([pair.left, pair.right].some(value => !isNumber(value) && value.type !== 'duration')) {
    return reportOperands({ operator, pair, span }, report);
  }
  const agreed = agree(pair, relationOf(operator), report);
  return agreed && sumOf({ operator, pair: agreed, span }, agreed.left.unit);
}

function numberSum(sum: Sum, report: Report): Checked | null {
  const { operator, pair } = sum;
  const { left, right } = pair;
  if (left.unit === null && right.unit === null) return sumOf(sum, null);
  if (left.unit === null || right.unit === null) {
    const agreed = agreeWithoutUnit(pair, relationOf(operator), report);
    return agreed && sumOf({ ...sum, pair: agreed }, null);
  }
  if (!haveSameDimension(left.unit, right.unit)) return reportUnits(pair, relationOf(operator), report);
  const meaning = meaningOf(operator, left, right);
  if (meaning === null) return reportPoints(sum, report);
  const { target, as, result } = meaning;
  return sumOf({ ...sum, pair: { left: convert(left, target, as), right: convert(right, target, as) } }, result);
}

/** The unit in which the sum is computed, how operands are read, and what comes out. */
type Meaning = { readonly target: Unit; readonly as: 'points' | 'differences'; readonly result: Unit };

/** MEANING.md 33; null: the sum has none. */
function meaningOf(operator: '+' | '-', left: Checked, right: Checked): Meaning | null {
  const a = left.unit!;
  const b = right.unit!;
  const isLeftPoint = isPointBeside(left, b);
  const isRightPoint = isPointBeside(right, a);
  const isRightTarget = isLiteral(left.expression) && !isLiteral(right.expression);
  if (isLeftPoint && isRightPoint) {
    const target = isRightTarget ? b : a;
    return operator === '+' ? null : { target, as: 'points', result: differenceUnit(target) };
  }
  if (isRightPoint) return operator === '-' ? null : { target: b, as: 'differences', result: b };
  if (isLeftPoint) return { target: a, as: 'differences', result: a };
  const target = a.kind === 'point' || (isRightTarget && b.kind !== 'point') ? b : a;
  return {
    target,
    as: 'differences',
    result: isKelvinDifference(operator, left, right) ? differenceUnit(target) : target,
  };
}

/** Beside a difference, a constant in degC or degF is a difference too. */
function isPointBeside({ expression, unit }: Checked, other: Unit): boolean {
  return unit!.kind === 'point' && !(isLiteral(expression) && other.kind === 'difference');
}

/** Of two readings in K; a constant that is subtracted is itself a difference, and leaves a reading. */
function isKelvinDifference(operator: '+' | '-', left: Checked, right: Checked): boolean {
  const areReadings = !isLiteral(left.expression) && !isLiteral(right.expression);
  return operator === '-' && areReadings && left.unit!.kind === 'absolute' && right.unit!.kind === 'absolute';
}

function sumOf({ operator, pair: { left, right }, span }: Sum, unit: Unit | null): Checked {
  const type = left.type === 'int' && right.type === 'int' ? 'int' : left.type === 'duration' ? 'duration' : 'float';
  return {
    expression: arithmetic(operator, type, { left: left.expression, right: right.expression }),
    type,
    unit,
    span,
  };
}

function relationOf(operator: '+' | '-'): 'added to' | 'subtracted from' {
  return operator === '+' ? 'added to' : 'subtracted from';
}

function reportPoints({ operator, pair: { left, right }, span }: Sum, report: Report): null {
  const message =
    operator === '+'
      ? `two temperatures (${left.unit!.text}, ${right.unit!.text}) cannot be added`
      : `a temperature (${right.unit!.text}) cannot be subtracted from a difference of temperatures (${left.unit!.text})`;
  const hint =
    operator === '+' ? `a difference is in K: \`${(left.named ?? right.named)?.name ?? 'temp'} + 5 K\`` : undefined;
  report(error('MR2204', span, message, { hint, related: [placeOf(left)] }));
  return null;
}
