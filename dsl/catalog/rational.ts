/** An exact fraction, so that 185 degF is 85 degC and not 84.99999999999997. `denominator` is positive. */
export type Rational = { readonly numerator: bigint; readonly denominator: bigint };

export const ZERO: Rational = { numerator: 0n, denominator: 1n };
export const ONE: Rational = { numerator: 1n, denominator: 1n };

/** Of a decimal (`0.3048`, `1e-9`) or a fraction (`5/9`); a double stands for the decimal that it is printed as. */
export function rational(text: string | number): Rational {
  const [dividend, divisor] = String(text).split('/');
  const value = decimal(dividend!);
  return divisor === undefined ? value : divide(value, decimal(divisor));
}

export function add(a: Rational, b: Rational): Rational {
  return reduced(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function subtract(a: Rational, b: Rational): Rational {
  return add(a, { numerator: -b.numerator, denominator: b.denominator });
}

export function multiply(a: Rational, b: Rational): Rational {
  return reduced(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function divide(a: Rational, b: Rational): Rational {
  const sign = b.numerator < 0n ? -1n : 1n;
  return reduced(sign * a.numerator * b.denominator, sign * a.denominator * b.numerator);
}

export function power(base: Rational, exponent: number): Rational {
  const size = BigInt(Math.abs(exponent));
  const result = { numerator: base.numerator ** size, denominator: base.denominator ** size };
  return exponent < 0 ? divide(ONE, result) : result;
}

export function equals(a: Rational, b: Rational): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

/** True where a finite decimal says it: 1.8 does, 5/9 does not. */
export function isDecimal({ denominator }: Rational): boolean {
  let rest = denominator;
  while (rest % 2n === 0n) rest /= 2n;
  while (rest % 5n === 0n) rest /= 5n;
  return rest === 1n;
}

const EXTRA_BITS = 66; // more than a double's 53 and the rounding bit

/** The nearest double. */
export function toNumber({ numerator, denominator }: Rational): number {
  const shift = Math.max(0, EXTRA_BITS + bitLength(denominator) - bitLength(numerator));
  const scaled = numerator << BigInt(shift);
  const quotient = scaled / denominator;
  // A remainder must be able to decide between two doubles; its own size does not matter.
  const sticky = scaled % denominator === 0n ? quotient : quotient | 1n;
  const half = Math.floor(shift / 2); // 2 ** -shift alone could underflow
  return Number(sticky) * 2 ** -half * 2 ** (half - shift);
}

function bitLength(value: bigint): number {
  return (value < 0n ? -value : value).toString(2).length;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

function decimal(text: string): Rational {
  const match = DECIMAL.exec(text);
  if (match === null) throw new RangeError(`${text} is no decimal`);
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole! + fraction) * (sign === '-' ? -1n : 1n);
  const scale = Number(exponent) - fraction.length;
  const ten = 10n ** BigInt(Math.abs(scale));
  return scale < 0 ? reduced(digits, ten) : { numerator: digits * ten, denominator: 1n };
}

function reduced(numerator: bigint, denominator: bigint): Rational {
  const divisor = greatestCommonDivisor(numerator < 0n ? -numerator : numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
