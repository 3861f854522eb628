import type { Parameter } from './signature.ts';
import type { ScalarFunction } from './scalar-function.ts';

const TEXT: Parameter = { name: 'text', accepts: 'text' };

/** Positions and lengths count UTF-16 code units; case is that of Unicode, of no locale. */
export const TEXT_FUNCTIONS = {
  length: {
    doc: 'The number of characters.',
    parameters: [TEXT],
    result: { type: 'int' },
    examples: [['length("pump")', 4]],
  },
  lower: {
    doc: 'The text in small letters.',
    parameters: [TEXT],
    result: { type: 'string' },
    examples: [['lower("RUN")', 'run']],
  },
  upper: {
    doc: 'The text in capitals.',
    parameters: [TEXT],
    result: { type: 'string' },
    examples: [['upper("run")', 'RUN']],
  },
  trim: {
    doc: 'The text without white space at its ends.',
    parameters: [TEXT],
    result: { type: 'string' },
    examples: [['trim(" run ")', 'run']],
  },
  starts_with: {
    doc: 'Whether the text begins with another.',
    parameters: [TEXT, { name: 'start', accepts: 'text' }],
    result: { type: 'bool' },
    examples: [['starts_with("pump-3", "pump")', true]],
  },
  ends_with: {
    doc: 'Whether the text ends with another.',
    parameters: [TEXT, { name: 'end', accepts: 'text' }],
    result: { type: 'bool' },
    examples: [['ends_with("pump-3", "pump")', false]],
  },
  contains: {
    doc: 'Whether the text has another in it.',
    parameters: [TEXT, { name: 'part', accepts: 'text' }],
    result: { type: 'bool' },
    examples: [['contains("pump-3", "-")', true]],
  },
  concat: {
    doc: 'Texts one behind the other; null if one of them is.',
    parameters: [TEXT, { name: 'text', accepts: 'text', isRepeated: true }],
    result: { type: 'string' },
    examples: [['concat("pump", "-", "3")', 'pump-3']],
  },
  substring: {
    doc: '`length` characters from `start`, which counts from 1; without `length` all the rest.',
    parameters: [
      TEXT,
      { name: 'start', accepts: 'int', unit: 'ratio' },
      { name: 'length', accepts: 'int', unit: 'ratio', isOptional: true },
    ],
    result: { type: 'string' },
    examples: [
      ['substring("pump-3", 1, 4)', 'pump'],
      ['substring("pump-3", 6)', '3'],
    ],
  },
  replace: {
    doc: 'The text with another in every place of a part.',
    parameters: [TEXT, { name: 'part', accepts: 'text' }, { name: 'by', accepts: 'text' }],
    result: { type: 'string' },
    examples: [['replace("a.b.c", ".", "/")', 'a/b/c']],
  },
  number: {
    doc: 'The number that a text in decimal notation says; of any other text null.',
    parameters: [TEXT],
    result: { type: 'float' },
    examples: [
      ['number(" 2.5 ")', 2.5],
      ['number("n/a")', null],
    ],
  },
  text: {
    doc: 'A value as text.',
    parameters: [{ name: 'value', accepts: 'any' }],
    result: { type: 'string' },
    examples: [
      ['text(2.5)', '2.5'],
      ['text(true)', 'true'],
    ],
  },
} as const satisfies Record<string, ScalarFunction>;
