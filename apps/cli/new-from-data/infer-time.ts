import type { Sample, SampleColumn } from '../../../connectors/file/sample.ts';
import { type Cell, textOf, type TimeFormat, timeUsOf } from '../../../connectors/file/cell.ts';

export type InferredTime = {
  readonly column: SampleColumn;
  readonly format: TimeFormat;
  readonly timesUs: readonly number[]; // one a row; NaN: it cannot be read
  readonly isRelative: boolean; // it counts from a start that the file does not say
};

/** The column with the event time, by what is in it first and by its name second; null: none. */
export function inferTime({ columns }: Pick<Sample, 'columns'>): InferredTime | null {
  const scored = columns
    .flatMap(column => candidatesOf(column))
    .map(candidate => ({ candidate, score: scoreOf(candidate) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score); // stable: at ties the first column
  return scored[0]?.candidate ?? columns.flatMap(relativeOf)[0] ?? null;
}

/** A column with dates that are not read as they are written; null: none. For the message. */
export function findOtherDate({ columns }: Pick<Sample, 'columns'>): { column: string; text: string } | null {
  for (const { path, cells } of columns) {
    const cell = cells.find(value => value !== null);
    const text = cell === undefined ? '' : textOf(cell);
    if (OTHER_DATE.test(text)) return { column: path.join('.'), text };
  }
  return null;
}

function candidatesOf(column: SampleColumn): InferredTime[] {
  const present = column.cells.filter(cell => cell !== null);
  if (column.isNested || present.length === 0) return [];
  return FORMATS.flatMap(format => {
    const readable = present.filter(cell => isOfOurDays(timeUsOf(cell, format))).length;
    if (readable < present.length * MIN_READABLE) return [];
    return [{ column, format, timesUs: timesOf(column, format), isRelative: false }];
  });
}

/** Seconds since the start of a recording: taken where there is no better time. */
function relativeOf(column: SampleColumn): InferredTime[] {
  if (column.isNested || !TIME_NAME.test(column.path.at(-1)!)) return [];
  const timesUs = timesOf(column, 's');
  return timesUs.every(us => us < YEAR_1990_US) && isForward(timesUs)
    ? [{ column, format: 's', timesUs, isRelative: true }]
    : [];
}

function timesOf({ cells }: SampleColumn, format: TimeFormat): number[] {
  return cells.map(cell => timeOrNone(cell, format));
}

function timeOrNone(cell: Cell, format: TimeFormat): number {
  const us = timeUsOf(cell, format);
  return us >= 0 && us <= Number.MAX_SAFE_INTEGER ? us : Number.NaN;
}

/** Numbers are a time only where the name says so or they go forward as times do: counters may be as large. */
function scoreOf({ column, format, timesUs }: InferredTime): number {
  const name = column.path.at(-1)!;
  const missing = column.cells.filter(cell => cell === null).length / column.cells.length;
  const nameScore = (TIME_NAME.test(name) ? 3 : 0) - (ARRIVAL_NAME.test(name) ? 2 : 0) - missing * 4;
  if (format !== 'iso') return TIME_NAME.test(name) ? 3 + nameScore : isForward(timesUs) ? 1 + nameScore : 0;
  const isDateOnly = column.cells.every(cell => typeof cell !== 'string' || cell.trim().length === 10);
  return (isDateOnly ? 2 : 5) + nameScore;
}

function isForward(timesUs: readonly number[]): boolean {
  if (timesUs.length < 3) return false;
  const steps = timesUs.slice(1).map((us, index) => us - timesUs[index]!);
  return steps.every(step => step >= 0) && new Set(timesUs).size > timesUs.length / 2;
}

function isOfOurDays(us: number): boolean {
  return us >= YEAR_1990_US && us < YEAR_2100_US;
}

const FORMATS: readonly TimeFormat[] = ['iso', 's', 'ms', 'us', 'ns'];
const TIME_NAME = /^(ts|t|at|epoch|when|zeit|zeitpunkt|datum|unix)$|time|date|stamp|_ts$|_at$|uhrzeit/i;
const ARRIVAL_NAME = /arriv|receiv|insert|stored|creat|updat|modif|ingest|end/i;
const OTHER_DATE = /^\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|^\s*\d{1,2}:\d{2}(:\d{2})?\s*$|^\d{8}(T?\d{6})?$/;
const MIN_READABLE = 0.9;
const YEAR_1990_US = Date.UTC(1990, 0) * 1000;
const YEAR_2100_US = Date.UTC(2100, 0) * 1000;
