import type { Sample, SampleColumn } from '../../../connectors/file/sample.ts';
import { type Cell, numberOf, textOf, timeUsOf } from '../../../connectors/file/cell.ts';
import { freeName, snakeCase } from './field-name.ts';
import { inferUnit } from './infer-unit.ts';

export type FieldType = 'float' | 'int' | 'bool' | 'symbol' | 'string' | 'time';

export type InferredField = {
  readonly name: string;
  readonly column: SampleColumn;
  readonly type: FieldType;
  readonly unit: string | null;
  readonly isNumberFromText: boolean; // JSON text that reads as a number
  readonly isFlag: boolean; // 0 and 1 only, as a label is
  readonly remark: string | null;
};

export type LeftOut = { readonly column: string; readonly reason: string };

export type InferredFields = { readonly fields: readonly InferredField[]; readonly leftOut: readonly LeftOut[] };

/** The fields of all columns but the time's, if there is one, with names that can be written in a rule. */
export function inferFields(sample: Sample, options: { readonly without: SampleColumn | null }): InferredFields {
  const taken = new Set<string>();
  const fields: InferredField[] = [];
  const leftOut: LeftOut[] = sample.repeatedColumns.map(column => ({
    column,
    reason: 'the header has it twice: rename one of them',
  }));
  for (const column of sample.columns) {
    if (column === options.without) continue;
    const reason = reasonToLeaveOut(column);
    if (reason === null) fields.push(fieldOf(column, sample, taken));
    else leftOut.push({ column: column.path.join('.'), reason });
  }
  return { fields, leftOut };
}

function reasonToLeaveOut({ cells, isNested }: SampleColumn): string | null {
  if (isNested) return 'it has lists or objects: name a part with a path such as `$.list[0]`';
  return cells.every(cell => cell === null) ? 'it is empty in the sample' : null;
}

function fieldOf(column: SampleColumn, sample: Sample, taken: Set<string>): InferredField {
  const header = column.path.join('_');
  const present = column.cells.filter(cell => cell !== null);
  const isText = sample.format === 'csv' || sample.format === 'tsv';
  const { type, isNumberFromText, remark } = typeOf(present, { isText, rows: sample.rows });
  const isFlag = type === 'int' && present.every(cell => numberOf(cell) === 0 || numberOf(cell) === 1);
  const named = isFlag || (type !== 'float' && type !== 'int') ? { name: header, unit: null } : inferUnit(header);
  const words = named.name === header ? header : snakeCase(named.name);
  const name = freeName(taken.has(words) ? header : words, taken);
  return {
    name,
    column,
    type: named.unit === null ? type : 'float', // only floats have units
    unit: named.unit,
    isNumberFromText,
    isFlag,
    remark,
  };
}

type InferredType = Pick<InferredField, 'type' | 'isNumberFromText' | 'remark'>;

function typeOf(present: readonly Cell[], { isText, rows }: { isText: boolean; rows: number }): InferredType {
  const plain = { isNumberFromText: false, remark: null };
  if (present.every(cell => typeof cell === 'boolean' || (isText && (cell === 'true' || cell === 'false')))) {
    return { ...plain, type: 'bool' };
  }
  const numbers = present.map(numberOf);
  const isNumberFromText = !isText && present.some(cell => typeof cell === 'string');
  const others = present.filter((_, index) => !Number.isFinite(numbers[index]!));
  if (others.length <= present.length * MAX_UNREADABLE) {
    const remark = others.length === 0 ? null : `rows with ${listed(others)} are rejected: leave such cells empty`;
    return { type: isCode(numbers) ? 'int' : 'float', isNumberFromText, remark };
  }
  if (present.every(cell => !Number.isNaN(timeUsOf(cell, 'iso')))) return { ...plain, type: 'time' };
  if (present.every(cell => typeof cell === 'string' && /^\s*[-+]?\d+,\d+\s*$/.test(cell))) {
    return { ...plain, type: 'string', remark: 'numbers with a decimal comma are text here: write them with a point' };
  }
  const distinct = new Set(present.map(textOf)).size;
  const isSymbol = distinct <= MAX_SYMBOLS && (distinct <= 20 || distinct <= rows / 4);
  const isMixed = !isText && present.some(cell => typeof cell !== 'string');
  const remark = isMixed ? 'text and other values: rows with the others are rejected' : null;
  return { isNumberFromText: false, type: isSymbol ? 'symbol' : 'string', remark };
}

/** Few whole numbers are states and counts; of many, a later row may well have one with a point. */
function isCode(numbers: readonly number[]): boolean {
  const finite = numbers.filter(Number.isFinite);
  return finite.every(Number.isSafeInteger) && new Set(finite).size <= MAX_CODES;
}

function listed(cells: readonly Cell[]): string {
  const texts = [...new Set(cells.map(textOf))];
  return texts
    .slice(0, 3)
    .map(text => JSON.stringify(text.slice(0, 20)))
    .join(', ');
}

const MAX_UNREADABLE = 0.2; // of a column of numbers
const MAX_SYMBOLS = 1_000;
const MAX_CODES = 20;
