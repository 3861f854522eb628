import { longDecimal, POWERS_OF_TEN } from '../../engine/batch/long-decimal.ts';

/** What stands at a place. Of texts without and with escapes; a big integer is one that a double does not hold. */
export const JSON_VALUE = {
  missing: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  bigInteger: 5,
  text: 6,
  escapedText: 7,
  inner: 8,
} as const;

/**
 * Reads one value of JSON from bytes, as JSON.parse reads it, and makes no object of it. Each method returns the place
 * behind what it reads, or NOT_READ where something else stands there, or no JSON. Texts end before `end`; another value
 * may seem to end behind it, by bytes that are there for something else: who calls compares.
 *
 * Benchmark: benchmarks/throughput (messages).
 */
export class JsonScanner {
  // Of the last value:
  kind: number = JSON_VALUE.missing;
  number = Number.NaN;
  /** Of a text, a big integer's digits, or a text with escapes and its quotes. */
  from = 0;
  to = 0;
  /** Of the bytes of all texts since it was set to 0: above 0x7f there are some that need not be UTF-8. */
  allBits = 0;
  readonly #hasBigIntegers: boolean;

  /** `hasBigIntegers`: integers beyond 2⁵³ stay apart from other numbers. */
  constructor({ hasBigIntegers = false }: { readonly hasBigIntegers?: boolean } = {}) {
    this.#hasBigIntegers = hasBigIntegers;
  }

  /** A value that is no object and no list. */
  scalar(bytes: Buffer, from: number, end: number): number {
    switch (bytes[from]) {
      case QUOTE:
        return this.#text(bytes, from, end);
      case 0x74:
        this.kind = JSON_VALUE.true;
        return endOfWord(bytes, from, TRUE);
      case 0x66:
        this.kind = JSON_VALUE.false;
        return endOfWord(bytes, from, FALSE);
      case 0x6e:
        this.kind = JSON_VALUE.null;
        return endOfWord(bytes, from, NULL);
      default: {
        const at = this.plainNumber(bytes, from);
        return at < 0 ? this.#anyNumber(bytes, from) : at;
      }
    }
  }

  /** A number without an exponent, of no more digits than parseDecimal reads by itself. */
  plainNumber(bytes: Buffer, from: number): number {
    let at = from;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    let mantissa = bytes[at]! - ZERO;
    if (!(mantissa >= 0 && mantissa <= 9)) return NOT_READ;
    let lowBits = mantissa;
    at++;
    let digit = 0;
    if (mantissa > 0) {
      for (; (digit = bytes[at]! - ZERO) >= 0 && digit <= 9; at++) {
        mantissa = mantissa * 10 + digit;
        lowBits = (Math.imul(lowBits, 10) + digit) | 0;
      }
    }
    let places = 0;
    if (bytes[at] === POINT) {
      const placesFrom = ++at;
      for (; (digit = bytes[at]! - ZERO) >= 0 && digit <= 9; at++) {
        mantissa = mantissa * 10 + digit;
        lowBits = (Math.imul(lowBits, 10) + digit) | 0;
      }
      places = at - placesFrom;
      if (places === 0) return NOT_READ;
    }
    if (isExponent(bytes[at]!) || places > 22) return NOT_READ;
    let value = places === 0 ? mantissa : mantissa / POWERS_OF_TEN[places]!; // as in parseDecimal
    if (mantissa > Number.MAX_SAFE_INTEGER) {
      if (places === 0 && this.#hasBigIntegers) return NOT_READ;
      value = longDecimal(mantissa, lowBits, places);
      if (Number.isNaN(value)) return NOT_READ;
    }
    this.kind = JSON_VALUE.number;
    this.number = isNegative ? -value : value;
    return at;
  }

  /** From behind a quote to the one that closes it, whose place is returned; there is no escape between them. */
  plainText(bytes: Buffer, from: number, end: number): number {
    let allBits = this.allBits;
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.allBits = allBits;
        return at;
      }
      if (byte < BLANK || byte === BACKSLASH) return NOT_READ;
      allBits |= byte;
    }
    return NOT_READ;
  }

  /** Any value. What nobody wants must be JSON all the same. */
  skip(bytes: Buffer, from: number, end: number, depth = 0): number {
    switch (bytes[from]) {
      case OPEN_OBJECT:
        return depth === MAX_DEPTH ? NOT_READ : this.#skipMembers(bytes, from, end, depth + 1);
      case OPEN_LIST:
        return depth === MAX_DEPTH ? NOT_READ : this.#skipItems(bytes, from, end, depth + 1);
      case QUOTE:
      case 0x74:
      case 0x66:
      case 0x6e:
        return this.scalar(bytes, from, end);
      default:
        return endOfNumber(bytes, from);
    }
  }

  #skipMembers(bytes: Buffer, from: number, end: number, depth: number): number {
    let at = skipBlanks(bytes, from + 1, end);
    if (bytes[at] === CLOSE_OBJECT) return at + 1;
    for (;;) {
      if (bytes[at] !== QUOTE) return NOT_READ;
      at = this.#text(bytes, at, end);
      if (at < 0) return NOT_READ;
      at = skipBlanks(bytes, at, end);
      if (bytes[at] !== COLON) return NOT_READ;
      at = this.skip(bytes, skipBlanks(bytes, at + 1, end), end, depth);
      if (at < 0) return NOT_READ;
      at = skipBlanks(bytes, at, end);
      if (bytes[at] === CLOSE_OBJECT) return at + 1;
      if (bytes[at] !== COMMA) return NOT_READ;
      at = skipBlanks(bytes, at + 1, end);
    }
  }

  #skipItems(bytes: Buffer, from: number, end: number, depth: number): number {
    let at = skipBlanks(bytes, from + 1, end);
    if (bytes[at] === CLOSE_LIST) return at + 1;
    for (;;) {
      at = this.skip(bytes, at, end, depth);
      if (at < 0) return NOT_READ;
      at = skipBlanks(bytes, at, end);
      if (bytes[at] === CLOSE_LIST) return at + 1;
      if (bytes[at] !== COMMA) return NOT_READ;
      at = skipBlanks(bytes, at + 1, end);
    }
  }

  #text(bytes: Buffer, from: number, end: number): number {
    const to = this.plainText(bytes, from + 1, end);
    if (to < 0) return this.#escapedText(bytes, from, end);
    this.kind = JSON_VALUE.text;
    this.from = from + 1;
    this.to = to;
    return to + 1;
  }

  #escapedText(bytes: Buffer, from: number, end: number): number {
    let at = from + 1;
    for (; at < end && bytes[at] !== QUOTE; at++) {
      const byte = bytes[at]!;
      if (byte < BLANK) return NOT_READ;
      this.allBits |= byte;
      if (byte !== BACKSLASH) continue;
      at++;
      if (bytes[at] === 0x75) {
        for (let digit = 0; digit < 4; digit++) if (!isHexDigit(bytes[++at]!)) return NOT_READ;
      } else if (IS_ESCAPE[bytes[at]!] !== 1) return NOT_READ;
    }
    if (at >= end) return NOT_READ;
    this.kind = JSON_VALUE.escapedText;
    this.from = from;
    this.to = at + 1;
    return at + 1;
  }

  #anyNumber(bytes: Buffer, from: number): number {
    const at = endOfNumber(bytes, from);
    if (at < 0) return NOT_READ;
    const digitsFrom = bytes[from] === MINUS ? from + 1 : from;
    const mayBeBig = this.#hasBigIntegers && at === endOfDigits(bytes, digitsFrom);
    const isSurelyBig = mayBeBig && at - digitsFrom > SAFE_DIGITS;
    this.number = isSurelyBig ? Infinity : Number(bytes.toString('latin1', from, at));
    this.kind = mayBeBig && !Number.isSafeInteger(this.number) ? JSON_VALUE.bigInteger : JSON_VALUE.number;
    this.from = from;
    this.to = at;
    return at;
  }
}

/** To JSON. */
export function skipBlanks(bytes: Buffer, at: number, end: number): number {
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte > BLANK || (byte !== BLANK && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
  }
  return at;
}

function endOfWord(bytes: Buffer, from: number, word: Uint8Array): number {
  for (let i = 1; i < word.length; i++) if (bytes[from + i] !== word[i]) return NOT_READ;
  return from + word.length;
}

/** As JSON writes numbers: no plus, no leading zeros, digits on both sides of a point. */
function endOfNumber(bytes: Buffer, from: number): number {
  const wholeFrom = bytes[from] === MINUS ? from + 1 : from;
  let at = endOfDigits(bytes, wholeFrom);
  if (at === wholeFrom || (bytes[wholeFrom] === ZERO && at > wholeFrom + 1)) return NOT_READ;
  if (bytes[at] === POINT) {
    const placesFrom = at + 1;
    at = endOfDigits(bytes, placesFrom);
    if (at === placesFrom) return NOT_READ;
  }
  if (!isExponent(bytes[at]!)) return at;
  at++;
  if (bytes[at] === PLUS || bytes[at] === MINUS) at++;
  const digitsFrom = at;
  at = endOfDigits(bytes, digitsFrom);
  return at === digitsFrom ? NOT_READ : at;
}

function endOfDigits(bytes: Buffer, at: number): number {
  while (bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9) at++;
  return at;
}

function isExponent(byte: number): boolean {
  return byte === 0x65 || byte === 0x45;
}

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte >= ZERO && byte <= ZERO + 9) || (letter >= 0x61 && letter <= 0x66);
}

export const NOT_READ = -1;
export const QUOTE = 0x22;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const MAX_DEPTH = 64;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');
const IS_ESCAPE = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) IS_ESCAPE[byte] = 1;
/** With more of them, an integer is beyond 2⁵³. */
const SAFE_DIGITS = 16;
const BLANK = 0x20;
const BACKSLASH = 0x5c;
const POINT = 0x2e;
const MINUS = 0x2d;
const PLUS = 0x2b;
const ZERO = 0x30;
