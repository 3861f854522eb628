import {
  add,
  divide,
  isDecimal,
  multiply,
  ONE,
  type Rational,
  rational,
  subtract,
  toNumber,
  ZERO,
} from './rational.ts';
import type { Unit } from './unit.ts';

/** How values get from one unit into another: value × factor + shift, exactly. */
export type Conversion = { readonly factor: Rational; readonly shift: Rational };

/** Of points, zeros count; of differences, they do not. */
export function conversionOf({ from, to, as }: { from: Unit; to: Unit; as: 'points' | 'differences' }): Conversion {
  const factor = divide(from.scale, to.scale);
  if (as === 'differences') return { factor, shift: ZERO };
  return { factor, shift: subtract(multiply(from.offset, factor), to.offset) };
}

/** A number of a rule file, as the decimal that it was written as. */
export function convertNumber(value: number, { factor, shift }: Conversion): number {
  return toNumber(add(multiply(rational(value), factor), shift));
}

export type ConversionStep = { readonly operator: '+' | '-' | '*' | '/'; readonly by: number };

/**
 * The same for values that come at run time, in the steps a person would take, so that few of them round:
 * degF → degC is (x - 32) / 1.8.
 */
export function conversionSteps({ factor, shift }: Conversion): readonly ConversionStep[] {
  if (isDecimal(factor) || !isDecimal(divide(ONE, factor))) {
    return [...scaling(factor), ...shifting(shift)];
  }
  return [...shifting(divide(shift, factor)), ...scaling(factor)];
}

function scaling(factor: Rational): readonly ConversionStep[] {
  if (factor.numerator === factor.denominator) return [];
  const inverse = divide(ONE, factor);
  const dividesExactly = inverse.denominator === 1n || (isDecimal(inverse) && !isDecimal(factor));
  return dividesExactly ? [{ operator: '/', by: toNumber(inverse) }] : [{ operator: '*', by: toNumber(factor) }];
}

function shifting(shift: Rational): readonly ConversionStep[] {
  if (shift.numerator === 0n) return [];
  return shift.numerator < 0n ? [{ operator: '-', by: -toNumber(shift) }] : [{ operator: '+', by: toNumber(shift) }];
}
