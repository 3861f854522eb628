import type { SourceNode } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import type { Outcome } from './outcome.ts';

/**
 * The schema once more, by hand and without regard to speed: what MEANING.md 10 and docs/errors say becomes of an
 * event's values. Written by other means than the builder (regular expressions, Date, BigInt).
 */
export type Written =
  | { readonly kind: 'missing' }
  /** From a source in which all is text. */
  | { readonly kind: 'cell'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly source: string }
  | { readonly kind: 'truth'; readonly value: boolean }
  | { readonly kind: 'other' };

type Field = SourceNode['fields'][number];
type Read = { readonly value: Scalar } | { readonly code: string };

/** `written` gives the value of a field by its origin's path. */
export function naiveOutcome(node: SourceNode, written: (path: readonly (string | number)[]) => Written): Outcome {
  const reads = node.fields.map(field => readField(node, field, written(pathOf(field.from, field.name))));
  const timeRead =
    node.time === null ? { value: 0 } : readTime(node.time.format, written(pathOf(node.time.from, 'time')));
  for (const read of [...reads, timeRead]) if ('code' in read) return { kind: 'rejected', code: read.code };
  const values = reads.flatMap((read, index) => {
    const field = node.fields[index]!;
    return 'value' in read && (field.isNeeded || node.key.includes(field.name)) ? [read.value] : [];
  });
  return { kind: 'row', timeUs: 'value' in timeRead ? Number(timeRead.value) : Number.NaN, values };
}

function pathOf(origin: Field['from'], name: string): readonly (string | number)[] {
  return origin.kind === 'path' ? origin.path : [name];
}

function readField(node: SourceNode, field: Field, written: Written): Read {
  if (isNothing(field, written)) {
    if (field.default !== null) return { value: field.default };
    return node.key.includes(field.name) ? { code: 'MR4014' } : { value: null };
  }
  switch (field.type) {
    case 'symbol':
    case 'string':
      return written.kind === 'cell' || written.kind === 'text' ? { value: written.text } : WRONG_TYPE;
    case 'bool':
      return readBool(written);
    case 'quality':
      return readQuality(written);
    case 'time':
      return readInstant(written);
    default:
      return readNumber(field, written);
  }
}

/** Null and what is not there; of cells also what has only blanks, where it is no text. */
function isNothing(field: Field, written: Written): boolean {
  if (written.kind === 'missing') return true;
  const isText = field.type === 'symbol' || field.type === 'string';
  if (written.kind === 'cell') return written.text === '' || (!isText && isBlankOf(field, written.text));
  return written.kind === 'text' && field.isNumberFromText && isNumberType(field) && written.text.trim() === '';
}

function isBlankOf(field: Field, text: string): boolean {
  return field.type === 'bool' ? asciiTrimmed(text) === '' : isNumberType(field) && text.trim() === '';
}

function isNumberType({ type }: Field): boolean {
  return type === 'float' || type === 'int' || type === 'duration';
}

function readBool(written: Written): Read {
  if (written.kind === 'truth') return { value: written.value };
  if (written.kind !== 'cell') return WRONG_TYPE;
  const word = asciiTrimmed(written.text).toLowerCase();
  if (word === 'true' || word === '1') return { value: true };
  return word === 'false' || word === '0' ? { value: false } : WRONG_TYPE;
}

/** A word, or OPC UA's status code: the upper two of its 32 bits. */
function readQuality(written: Written): Read {
  const status =
    written.kind === 'number' ? Number(written.source) : written.kind === 'cell' ? decimal(written.text) : null;
  if (status !== null) {
    if (!Number.isInteger(status) || status < -(2 ** 31) || status >= 2 ** 32) return WRONG_TYPE;
    const severity = Number(BigInt.asUintN(32, BigInt(status)) >> 30n);
    return { value: ['good', 'uncertain', 'bad', 'bad'][severity]! };
  }
  if (written.kind !== 'text' && written.kind !== 'cell') return WRONG_TYPE;
  const word = written.text.trim().toLowerCase();
  return ['good', 'uncertain', 'bad'].includes(word) ? { value: word } : WRONG_TYPE;
}

function readNumber(field: Field, written: Written): Read {
  let value: number | null = null;
  if (written.kind === 'number') value = Number(written.source);
  else if (written.kind === 'cell' || (written.kind === 'text' && field.isNumberFromText)) {
    value = decimal(written.text);
    if (value === null && /^[+-]?(nan|inf|infinity)$/i.test(written.text.trim())) return { code: 'MR4011' };
  }
  if (value === null) return WRONG_TYPE;
  for (const { operator, by } of field.scaling) {
    value = { '+': value + by, '-': value - by, '*': value * by, '/': value / by }[operator];
  }
  if (!Number.isFinite(value)) return { code: 'MR4011' };
  if (field.range !== null && !(value >= field.range.low && value <= field.range.high)) return { code: 'MR4012' };
  return field.type === 'int' && !Number.isSafeInteger(value) ? { code: 'MR4013' } : { value };
}

/** A field of type time: microseconds, or ISO 8601. */
function readInstant(written: Written): Read {
  let us: number | null = null;
  if (written.kind === 'number') us = Number(written.source);
  else if (written.kind === 'cell' || written.kind === 'text') us = isoUs(written.text) ?? decimal(written.text);
  else return WRONG_TYPE;
  return us !== null && us >= 0 && us <= MAX_US ? { value: us } : { code: 'MR4017' };
}

function readTime(format: 'iso' | 's' | 'ms' | 'us' | 'ns', written: Written): Read {
  let us: number | null = null;
  if (written.kind === 'missing') return { code: 'MR4015' };
  if (written.kind === 'number') us = format === 'iso' ? null : epochOfNumber(written.source, format);
  else if (written.kind === 'cell' || written.kind === 'text') {
    if (written.text.trim() === '') return { code: 'MR4015' };
    us = format === 'iso' ? isoUs(written.text) : epochUs(written.text, format);
  }
  if (us === null || Number.isNaN(us)) return { code: 'MR4016' };
  return us >= 0 && us <= MAX_US ? { value: us } : { code: 'MR4017' };
}

/** Exactly, in BigInt: to the nearest microsecond, nanoseconds cut; with an exponent, as the double that it is. */
function epochUs(text: string, unit: keyof typeof DIGITS): number | null {
  const plain = /^ *(-?)(\d+)(?:\.(\d*))? *$/.exec(text);
  if (plain === null) {
    const value = decimal(text);
    return value === null ? null : epochOfDouble(value, unit);
  }
  const [, sign, whole, fraction = ''] = plain;
  const digits = DIGITS[unit];
  if (digits < 0) return signed(sign!, BigInt(whole!) / 1000n);
  const kept = BigInt(whole! + fraction.padEnd(digits, '0').slice(0, digits));
  return signed(sign!, fraction.charAt(digits) >= '5' ? kept + 1n : kept);
}

function signed(sign: string, us: bigint): number {
  return sign === '-' ? -Number(us) : Number(us);
}

/** Of nanoseconds the integer as it is written; of the others the double. */
function epochOfNumber(source: string, unit: keyof typeof DIGITS): number {
  if (unit === 'ns' && /^-?\d+$/.test(source) && !Number.isSafeInteger(Number(source))) {
    return signed(source.startsWith('-') ? '-' : '', BigInt(source.replace('-', '')) / 1000n);
  }
  return epochOfDouble(Number(source), unit);
}

function epochOfDouble(value: number, unit: keyof typeof DIGITS): number {
  return unit === 'ns' ? Math.floor(value / 1000) : Math.round(value * 10 ** DIGITS[unit]);
}

/** Null: not such a text. A year of five digits or more is beyond every bound. */
function isoUs(text: string): number | null {
  if (/^ *[+-]?\d{5,}-/.test(text)) return Infinity;
  const match =
    /^ *(\d{4})-(\d\d)-(\d\d)(?:[ Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?([Zz]|[+-]\d\d(?::?\d\d)?))?)? *$/.exec(
      text,
    );
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year!, month! - 1, day);
  if (date.getUTCMonth() !== month! - 1 || date.getUTCDate() !== day) return null;
  if (hour! > 23 || minute! > 59 || second! > 60) return null;
  const offsetMinutes = offsetOf(match[8] ?? 'Z');
  if (offsetMinutes === null) return null;
  const fractionUs = Number((match[7] ?? '').padEnd(6, '0').slice(0, 6));
  return date.getTime() * 1000 + ((hour! * 60 + minute! - offsetMinutes) * 60 + second!) * 1e6 + fractionUs;
}

function offsetOf(text: string): number | null {
  if (text.toUpperCase() === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function asciiTrimmed(text: string): string {
  return text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '');
}

function decimal(text: string): number | null {
  return /^[ \t]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t]*$/.test(text) ? Number(text) : null;
}

const WRONG_TYPE = { code: 'MR4010' } as const;
const MAX_US = Number.MAX_SAFE_INTEGER;
const DIGITS = { s: 6, ms: 3, us: 0, ns: -3 } as const;
