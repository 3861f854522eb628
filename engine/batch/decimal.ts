import { longDecimal, POWERS_OF_TEN } from './long-decimal.ts';

/**
 * Reads bytes[from, to) as a decimal number (`-12`, `.5`, `6.02e23`; blanks around it are skipped) and gives exactly
 * what Number() gives for that text; NaN for all other text, hexadecimal and `Infinity` among it; ±Infinity where the
 * number is too large for a double.
 *
 * Up to 2⁵³ and 22 decimal places, digits and power of ten are both exact doubles, so one division rounds correctly
 * (Clinger, "How to read floating point numbers accurately", 1990); most of the rest is told by longDecimal.
 * Benchmark: benchmarks/throughput (csv).
 */
export function parseDecimal(bytes: Uint8Array, from: number, to: number): number {
  while (from < to && isBlank(bytes[from]!)) from++;
  while (from < to && isBlank(bytes[to - 1]!)) to--;
  let at = from;
  const sign = bytes[at]!;
  if (at < to && (sign === MINUS || sign === PLUS)) at++;
  let mantissa = 0;
  let lowBits = 0; // of the mantissa, which is exact up to 2⁵³
  let places = 0;
  let digit = 0;
  const digitsFrom = at;
  while (at < to && (digit = bytes[at]! - ZERO) >= 0 && digit <= 9) {
    mantissa = mantissa * 10 + digit;
    lowBits = (Math.imul(lowBits, 10) + digit) | 0;
    at++;
  }
  let digits = at - digitsFrom;
  if (at < to && bytes[at] === POINT) {
    at++;
    const placesFrom = at;
    while (at < to && (digit = bytes[at]! - ZERO) >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      lowBits = (Math.imul(lowBits, 10) + digit) | 0;
      at++;
    }
    places = at - placesFrom;
    digits += places;
  }
  if (digits === 0) return Number.NaN;
  if (at < to) return endsInExponent(bytes, at, to) ? numberOfText(bytes, from, to) : Number.NaN;
  if (places > 22) return numberOfText(bytes, from, to);
  let value = places === 0 ? mantissa : mantissa / POWERS_OF_TEN[places]!;
  if (mantissa > Number.MAX_SAFE_INTEGER) {
    value = longDecimal(mantissa, lowBits, places);
    if (Number.isNaN(value)) return numberOfText(bytes, from, to);
  }
  return sign === MINUS ? -value : value;
}

function endsInExponent(bytes: Uint8Array, at: number, to: number): boolean {
  if (bytes[at] !== 0x65 && bytes[at] !== 0x45) return false;
  at++;
  if (at < to && (bytes[at] === MINUS || bytes[at] === PLUS)) at++;
  if (at === to) return false;
  for (; at < to; at++) if (bytes[at]! < ZERO || bytes[at]! > ZERO + 9) return false;
  return true;
}

/** Only for text that is known to be ASCII; a row in thousands comes here. */
function numberOfText(bytes: Uint8Array, from: number, to: number): number {
  let text = '';
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at]!);
  return Number(text);
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
