import { haveSameDimension, isRatio, knownUnit, type Unit } from '../catalog/unit.ts';
import { placeOf, describe, quantityText } from './describe.ts';
import { convert, fromDuration, isTimeUnit, toDuration, toRatio, withType } from './convert.ts';
import { isLiteral, isNull } from './fold.ts';
import { error, type Report } from './report.ts';
import type { Checked } from './scope.ts';

const GRAVITY = knownUnit('gn');

export type Pair = { readonly left: Checked; readonly right: Checked };

/** For messages: "cannot be …". */
export type Relation = 'compared with' | 'used in place of' | 'added to' | 'subtracted from';

/** Brings two values to one type and unit, the constant one to the other's; null after a report. */
export function agree(pair: Pair, relation: Relation, report: Report): Pair | null {
  const { left, right } = pair;
  if (isNull(left.expression)) return { left: nullLike(left, right), right };
  if (isNull(right.expression)) return { left, right: nullLike(right, left) };
  if (isNumber(left) && isNumber(right)) return agreeOnUnit(pair, relation, report);
  if (left.type === 'duration' && isNumber(right)) return agreeOnDuration(pair, relation, report);
  if (right.type === 'duration' && isNumber(left)) {
    return swapped(agreeOnDuration(swapped(pair)!, relation, report));
  }
  if (isText(left) && isText(right)) return agreeOnText(pair);
  if (left.type === right.type) return pair;
  return reportTypes(pair, relation, report);
}

export function isNumber({ type }: Checked): boolean {
  return type === 'float' || type === 'int';
}

export function isText({ type }: Checked): boolean {
  return type === 'symbol' || type === 'string';
}

/** Of two numbers where one lacks the unit that the other has, and neither is a percentage: null after a report. */
export function agreeWithoutUnit({ left, right }: Pair, relation: Relation, report: Report): Pair | null {
  const [bare, measured] = left.unit === null ? [left, right] : [right, left];
  const unit = measured.unit!;
  if (isLiteral(bare.expression)) return reportBareNumber(bare, measured, report);
  if (!isRatio(unit)) return reportNoUnit(bare, measured, relation, report);
  return left.unit === null ? { left, right: toRatio(right) } : { left: toRatio(left), right };
}

export function reportUnits({ left, right }: Pair, relation: Relation, report: Report): null {
  const message = `${describe(right)} cannot be ${relation} ${describe(left)}`;
  report(error('MR2201', right.span, message, { related: [placeOf(left)], hint: unitHint(left, right) }));
  return null;
}

/** Units that are equal are not converted; of two constants, or two fields, the right one is. */
function agreeOnUnit(pair: Pair, relation: Relation, report: Report): Pair | null {
  const { left, right } = pair;
  if (left.unit === null && right.unit === null) return oneNumberType(pair);
  if (left.unit === null || right.unit === null) {
    const agreed = agreeWithoutUnit(pair, relation, report);
    return agreed && oneNumberType(agreed);
  }
  if (!haveSameDimension(left.unit, right.unit)) return reportUnits(pair, relation, report);
  const as = readingOf(left, right);
  if (as === null) return reportPointBesideDifference(pair, relation, report);
  const isLeftConverted = isLiteral(left.expression) && !isLiteral(right.expression);
  return oneNumberType(
    isLeftConverted ? { left: convert(left, right.unit, as), right } : { left, right: convert(right, left.unit, as) },
  );
}

/** Points are compared with points, differences with differences; beside one, a literal in degC is a difference. */
function readingOf(left: Checked, right: Checked): 'points' | 'differences' | null {
  const a = left.unit!.kind;
  const b = right.unit!.kind;
  if (a !== 'difference' && b !== 'difference') return 'points';
  const isMixed = (a === 'point' && !isLiteral(left.expression)) || (b === 'point' && !isLiteral(right.expression));
  return isMixed ? null : 'differences';
}

function agreeOnDuration({ left, right }: Pair, relation: Relation, report: Report): Pair | null {
  const { unit } = right;
  if (unit === null) {
    const value = isLiteral(right.expression) ? String(right.expression.value) : undefined;
    const hint = value === undefined ? undefined : `a duration has a unit: \`${value}s\`, \`${value}m\`, \`${value}h\``;
    const message = `a number without a unit cannot be ${relation} a duration`;
    report(error('MR2202', right.span, message, { hint, related: [placeOf(left)] }));
    return null;
  }
  if (!isTimeUnit(unit)) return reportUnits({ left, right }, relation, report);
  const isLeftConverted = isLiteral(left.expression) && !isLiteral(right.expression);
  return isLeftConverted ? { left: fromDuration(left, unit), right } : { left, right: toDuration(right) };
}

function agreeOnText({ left, right }: Pair): Pair {
  if (left.type === right.type) return { left, right };
  const type = isLiteral(left.expression) ? right.type : isLiteral(right.expression) ? left.type : 'string';
  return { left: asText(left, type), right: asText(right, type) };
}

function asText(value: Checked, type: 'symbol' | 'string' | Checked['type']): Checked {
  if (value.type === type) return value;
  if (isLiteral(value.expression)) return { ...value, expression: withType(value.expression, type), type };
  const expression = { kind: 'call', type: 'string', function: 'text', arguments: [value.expression] } as const;
  return { ...value, expression, type: 'string' };
}

function oneNumberType({ left, right }: Pair): Pair {
  if (left.type === right.type) return { left, right };
  return { left: asFloat(left), right: asFloat(right) };
}

function asFloat(value: Checked): Checked {
  return { ...value, expression: withType(value.expression, 'float'), type: 'float' };
}

function nullLike(value: Checked, { type, unit }: Checked): Checked {
  return { ...value, expression: withType(value.expression, type), type, unit };
}

function swapped(pair: Pair | null): Pair | null {
  return pair && { left: pair.right, right: pair.left };
}

function reportTypes({ left, right }: Pair, relation: Relation, report: Report): null {
  const message = `${describe(right)} cannot be ${relation} ${describe(left)}`;
  report(error('MR2101', right.span, message, { related: [placeOf(left)], hint: typeHint(left, right) }));
  return null;
}

function typeHint(left: Checked, right: Checked): string | undefined {
  const word = [left, right].find(({ expression }) => isLiteral(expression) && typeof expression.value === 'string');
  const other = word === left ? right : left;
  if (word === undefined || !isLiteral(word.expression)) return undefined;
  if (other.type === 'quality' || other.type === 'severity') return `write \`${word.expression.value}\` without quotes`;
  if (isNumber(other)) return 'a number stands without quotes; `number(text)` reads one from text';
  return undefined;
}

function reportBareNumber(bare: Checked, measured: Checked, report: Report): null {
  const unit = measured.unit!;
  const value = isLiteral(bare.expression) ? bare.expression.value : null;
  const quantity = typeof value === 'number' ? quantityText(value, unit) : 'null';
  const hint =
    bare.named === undefined
      ? `write \`${quantity}\` if that is meant`
      : `write \`let ${bare.named.name} = ${quantity}\` if that is meant`;
  const message = `a number without a unit stands beside ${describe(measured)}`;
  report(error('MR2202', bare.span, message, { related: [placeOf(measured)], hint }));
  return null;
}

function reportNoUnit(bare: Checked, measured: Checked, relation: Relation, report: Report): null {
  const message = `${describe(measured)} cannot be ${relation} ${describe(bare)} without a unit`;
  const hint =
    bare.named === undefined
      ? undefined
      : `declare it with a unit: \`${bare.named.name}: float ${measured.unit!.text}\``;
  report(error('MR2206', measured.span, message, { related: [placeOf(bare)], hint }));
  return null;
}

function reportPointBesideDifference({ left, right }: Pair, relation: Relation, report: Report): null {
  const [point, difference] = left.unit!.kind === 'point' ? [left, right] : [right, left];
  const message = `a temperature (${point.unit!.text}) cannot be ${relation} a difference of temperatures (${difference.unit!.text})`;
  const hint = 'subtract a temperature from the temperature first, or compare the difference with kelvins';
  report(error('MR2204', right.span, message, { related: [placeOf(left)], hint }));
  return null;
}

/** mathjs reads C as coulomb and F as farad, which is seldom what was meant beside a temperature. */
function unitHint(left: Checked, right: Checked): string | undefined {
  const texts = [left.unit, right.unit].flatMap((unit: Unit | null) => unit?.text ?? []);
  if (texts.includes('C')) return '`C` is the coulomb; degrees Celsius are `degC`';
  if (texts.includes('F')) return '`F` is the farad; degrees Fahrenheit are `degF`';
  const isAcceleration = [left.unit, right.unit].some(unit => unit !== null && haveSameDimension(unit, GRAVITY));
  if (isAcceleration && texts.some(text => /^m?g$/.test(text))) return '`g` is the gram; the acceleration is `gn`';
  if (texts.includes('rpm') && texts.includes('Hz')) return 'a rotation is no frequency: 1 Hz of turns is `60 rpm`';
  return undefined;
}
