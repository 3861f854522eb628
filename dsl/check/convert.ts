import { conversionOf, conversionSteps, convertNumber } from '../catalog/unit-conversion.ts';
import { haveSameDimension, isSameUnit, knownUnit, type Unit } from '../catalog/unit.ts';
import { arithmetic, isLiteral, literal } from './fold.ts';
import type { Expression, ValueType } from '../plan.ts';
import type { Checked } from './scope.ts';

/** Values get into another unit here: constants exactly, at compile time; all others by arithmetic in the plan. */
export function convert(value: Checked, to: Unit, as: 'points' | 'differences'): Checked {
  const { expression, unit } = value;
  if (unit === null || isSameUnit(unit, to)) return { ...value, unit: to };
  const conversion = conversionOf({ from: unit, to, as });
  if (isLiteral(expression)) {
    const number = typeof expression.value === 'number' ? convertNumber(expression.value, conversion) : NaN;
    const converted = literal('float', Number.isFinite(number) ? number : null);
    return { ...value, expression: converted, type: 'float', unit: to };
  }
  const converted = conversionSteps(conversion).reduce<Expression>(
    (left, { operator, by }) => arithmetic(operator, 'float', { left, right: literal('float', by) }),
    expression,
  );
  return { ...value, expression: converted, type: 'float', unit: to };
}

/** 90% as 0.9, which has no unit. */
export function toRatio(value: Checked): Checked {
  return { ...convert(value, RATIO, 'differences'), unit: null };
}

export function isTimeUnit(unit: Unit): boolean {
  return haveSameDimension(unit, SECOND);
}

/** A number in a unit of time as a duration. */
export function toDuration(value: Checked): Checked {
  const { expression, ...rest } = convert(value, MICROSECOND, 'differences');
  return { ...rest, expression: withType(expression, 'duration'), type: 'duration', unit: null };
}

/** A duration as a number of seconds. */
export function toSeconds(value: Checked): Checked {
  return convert(asMicroseconds(value), SECOND, 'differences');
}

/** A duration as a number in a unit of time. */
export function fromDuration(value: Checked, unit: Unit): Checked {
  return convert(asMicroseconds(value), unit, 'differences');
}

export const SECOND = knownUnit('s');
export const RADIAN = knownUnit('rad');

/** A whole number beside floats is a float; a text beside symbols is a symbol. */
export function withType(expression: Expression, type: ValueType): Expression {
  return isLiteral(expression) ? literal(type, expression.value) : expression;
}

const MICROSECOND = knownUnit('us');
const RATIO: Unit = { ...knownUnit('%'), text: '', scale: { numerator: 1n, denominator: 1n } };

function asMicroseconds(value: Checked): Checked {
  return { ...value, expression: withType(value.expression, 'float'), type: 'float', unit: MICROSECOND };
}
