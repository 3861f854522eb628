/**
 * The double nearest to integer / 10^places, for integers of more digits than a double has, which programs write that do
 * not round. `mantissa` is the integer as it comes of adding digit by digit, and so about right; `lowBits` are its last
 * 32 bits, exactly, from which its error follows. NaN: this does not tell, and Number() has to. `places` is at most 22.
 *
 * Integer and quotient are unevaluated sums of two doubles (Dekker, "A floating-point technique for extending the available
 * precision", 1971). The quotient's error is below 2⁻¹⁰⁰ of it: where it rounds to one double at both ends of a larger
 * interval, that is the nearest one. Benchmark: benchmarks/throughput (messages).
 */
export function longDecimal(mantissa: number, lowBits: number, places: number): number {
  if (mantissa >= 2 ** 63) return Number.NaN; // its error may be more than 32 bits
  const rest = (lowBits - (mantissa | 0)) | 0;
  const divisor = POWERS_OF_TEN[places]!;
  const quotient = mantissa / divisor;
  const product = quotient * divisor;
  const remainder = mantissa - product - productError(quotient, divisor, product) + rest;
  const correction = remainder / divisor;
  const bound = quotient * 2 ** -96;
  const value = quotient + (correction - bound);
  return value === quotient + (correction + bound) ? value : Number.NaN;
}

/** a · b − product, exactly, where `product` is a · b as a double. */
function productError(a: number, b: number, product: number): number {
  const aScaled = a * SPLITTER;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * SPLITTER;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** Those that are exact. */
export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const SPLITTER = 2 ** 27 + 1;
