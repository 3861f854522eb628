import { showDuration, showTime } from '../operators/rule/show.ts';
import type { ScalarFunction } from './function.ts';

/** Positions and lengths count UTF-16 code units; case is that of Unicode, of no locale. */
export const textFunctions = {
  length: { result: 'number', evaluate: (text: string) => text.length, inline: text => `${text}.length` },
  lower: { result: 'string', evaluate: (text: string) => text.toLowerCase(), inline: text => `${text}.toLowerCase()` },
  upper: { result: 'string', evaluate: (text: string) => text.toUpperCase(), inline: text => `${text}.toUpperCase()` },
  trim: { result: 'string', evaluate: (text: string) => text.trim(), inline: text => `${text}.trim()` },
  starts_with: {
    result: 'bool',
    evaluate: (text: string, start: string) => text.startsWith(start),
    inline: (text, start) => `${text}.startsWith(${start})`,
  },
  ends_with: {
    result: 'bool',
    evaluate: (text: string, end: string) => text.endsWith(end),
    inline: (text, end) => `${text}.endsWith(${end})`,
  },
  contains: {
    result: 'bool',
    evaluate: (text: string, part: string) => text.includes(part),
    inline: (text, part) => `${text}.includes(${part})`,
  },
  concat: {
    result: 'string',
    evaluate: (...texts: string[]) => texts.join(''),
    inline: (...texts) => texts.join(' + '),
  },
  substring: { result: 'string', evaluate: substring },
  replace: {
    result: 'string',
    evaluate: (text: string, from: string, to: string) => text.replaceAll(from, () => to),
  },
  number: { result: 'number', evaluate: numberOf },
  /** Numbers in full, with as many digits as tell them from their neighbours; times in ISO 8601; durations as in a rule. */
  text: {
    result: 'string',
    evaluate: (value: number | string | boolean) => String(value),
    byType: { time: timeText, duration: showDuration },
  },
} satisfies Record<string, ScalarFunction>;

/** `length` characters from `start`, which counts from 1; what lies outside of the text is empty. */
function substring(text: string, start: number, length = Infinity): string {
  const from = Math.trunc(start) - 1;
  return text.slice(Math.max(from, 0), Math.max(from + Math.trunc(length), 0));
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/** Decimal notation with an optional exponent; of any other text, NaN. */
function numberOf(text: string): number {
  return NUMBER.test(text) ? Number(text) : NaN;
}

const LAST_TIME_US = 8.64e18; // of a Date

function timeText(timeUs: number): string {
  return Math.abs(timeUs) <= LAST_TIME_US ? showTime(timeUs) : String(timeUs);
}
