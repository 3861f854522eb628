/** Event times are whole microseconds in [0, MAX_TIME_US]: 1970-01-01 … 2255-06-05, what a double counts exactly. */
export const MAX_TIME_US = Number.MAX_SAFE_INTEGER;

export type EpochUnit = 's' | 'ms' | 'us' | 'ns';

/**
 * `2013-07-04T00:00:00.123456789+02:00` → µs since 1970, by hand since a Date a row costs more than the row. A blank may
 * stand for the T, a date alone is its midnight, and without an offset it is UTC (MEANING.md 36). Digits behind the
 * microseconds are cut. NaN: not such a text; a year of more than four digits gives ±Infinity, so that it is refused as
 * out of range and not as unreadable.
 */
export function parseIsoUs(bytes: Uint8Array, from: number, to: number): number {
  while (from < to && bytes[from] === BLANK) from++;
  while (from < to && bytes[to - 1] === BLANK) to--;
  if (to - from < 10 || bytes[from + 4] !== DASH || bytes[from + 7] !== DASH) return longYear(bytes, from, to);
  const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2);
  const month = twoDigits(bytes, from + 5);
  const day = twoDigits(bytes, from + 8);
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month))) return Number.NaN;
  const dayUs = daysSinceEpoch(year, month, day) * 86_400_000_000;
  if (to - from === 10) return dayUs;
  const divider = bytes[from + 10];
  if ((divider !== BLANK && divider !== 0x54 && divider !== 0x74) || to - from < 16 || bytes[from + 13] !== COLON) {
    return Number.NaN;
  }
  const hour = twoDigits(bytes, from + 11);
  const minute = twoDigits(bytes, from + 14);
  let second = 0;
  let fractionUs = 0;
  let at = from + 16;
  if (at < to && bytes[at] === COLON) {
    if (to - at < 3) return Number.NaN;
    second = twoDigits(bytes, at + 1);
    at += 3;
    if (at < to && (bytes[at] === POINT || bytes[at] === COMMA)) {
      const digitsFrom = ++at;
      let weight = 100_000;
      while (at < to && isDigit(bytes[at]!)) {
        fractionUs += (bytes[at]! - ZERO) * weight;
        weight = weight === 1 ? 0 : weight / 10;
        at++;
      }
      if (at === digitsFrom) return Number.NaN;
    }
  }
  // 23:59:60 is a leap second: it counts as the next one, as POSIX has it.
  if (!(hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60)) return Number.NaN;
  return dayUs + (hour * 3600 + minute * 60 + second) * 1_000_000 + fractionUs - offsetUs(bytes, at, to);
}

/**
 * `1372896000.123456` (s) → µs, digit by digit, so that 19 digits of nanoseconds lose nothing. Rounded to the nearest
 * microsecond; nanoseconds are cut. NaN: not a plain decimal number.
 */
export function parseEpochUs(bytes: Uint8Array, from: number, to: number, unit: EpochUnit): number {
  while (from < to && bytes[from] === BLANK) from++;
  while (from < to && bytes[to - 1] === BLANK) to--;
  const isNegative = bytes[from] === DASH;
  if (isNegative) from++;
  let point = from;
  while (point < to && isDigit(bytes[point]!)) point++;
  if (point === from || (point < to && bytes[point] !== POINT)) return Number.NaN;
  for (let at = point + 1; at < to; at++) if (!isDigit(bytes[at]!)) return Number.NaN;
  const shift = SHIFTS[unit];
  let us = 0;
  const wholeTo = shift < 0 ? point + shift : point;
  for (let at = from; at < wholeTo; at++) us = us * 10 + (bytes[at]! - ZERO);
  for (let place = 1; place <= shift; place++) {
    us = us * 10 + (point + place < to ? bytes[point + place]! - ZERO : 0);
  }
  if (shift >= 0 && point + shift + 1 < to && bytes[point + shift + 1]! >= ZERO + 5) us++;
  return isNegative ? -us : us;
}

/** A number as JSON.parse gives it → µs. Beyond 2⁵³ its last digits are gone: read nanoseconds as text or bigint. */
export function epochNumberUs(value: number, unit: EpochUnit): number {
  switch (unit) {
    case 's':
      return Math.round(value * 1_000_000);
    case 'ms':
      return Math.round(value * 1_000);
    case 'us':
      return Math.round(value);
    case 'ns':
      return Math.floor(value / 1_000);
  }
}

/**
 * Proleptic Gregorian; after Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil. All is counted
 * from an era earlier, so that nothing is negative and integers are divided as such.
 */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = (month <= 2 ? year - 1 : year) + 400;
  const era = (shifted / 400) | 0;
  const yearOfEra = shifted - era * 400;
  const dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) | 0) + day - 1;
  const dayOfEra = yearOfEra * 365 + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0) + dayOfYear;
  return era * 146_097 + dayOfEra - 865_565;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Of `Z`, `+02:00`, `+0200`, `+02` or nothing; NaN of anything else. */
function offsetUs(bytes: Uint8Array, at: number, to: number): number {
  if (at < to && bytes[at] === BLANK) at++;
  if (at === to) return 0;
  if (bytes[at] === 0x5a || bytes[at] === 0x7a) return at + 1 === to ? 0 : Number.NaN;
  if (bytes[at] !== PLUS && bytes[at] !== DASH) return Number.NaN;
  const sign = bytes[at] === DASH ? -1 : 1;
  const length = to - at;
  if (length !== 3 && length !== 5 && !(length === 6 && bytes[at + 3] === COLON)) return Number.NaN;
  const hours = twoDigits(bytes, at + 1);
  const minutes = length === 3 ? 0 : twoDigits(bytes, to - 2);
  if (!(hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59)) return Number.NaN;
  return sign * (hours * 60 + minutes) * 60_000_000;
}

function longYear(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  if (bytes[at] === PLUS || bytes[at] === DASH) at++;
  const digitsFrom = at;
  while (at < to && isDigit(bytes[at]!)) at++;
  if (at - digitsFrom < 5 || at === to || bytes[at] !== DASH) return Number.NaN;
  return bytes[from] === DASH ? -Infinity : Infinity;
}

/** Negative, also as a part of a year, where one of the two is no digit. An integer, as those are faster than NaN is. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! - ZERO;
  const low = bytes[at + 1]! - ZERO;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : NO_DIGITS;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

const NO_DIGITS = -10_000;
const ZERO = 0x30;
const BLANK = 0x20;
const DASH = 0x2d;
const PLUS = 0x2b;
const COLON = 0x3a;
const POINT = 0x2e;
const COMMA = 0x2c;
const SHIFTS = { s: 6, ms: 3, us: 0, ns: -3 } as const;
