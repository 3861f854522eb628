import { readSample, type Sample } from '../../../connectors/file/sample.ts';
import { CommandLineError } from '../command-line-error.ts';
import { numberOf, timeUsOf } from '../../../connectors/file/cell.ts';
import { chooseLimits, choosePast, type Limits, type Measured, measuredFields, type Past } from './choose-limits.ts';
import { type InferredField, type InferredFields, inferFields } from './infer-fields.ts';
import { inferKey, type InferredKey } from './infer-key.ts';
import { inferPace, type Pace } from './infer-pace.ts';
import { findOtherDate, inferTime, type InferredTime } from './infer-time.ts';

/** All that is known of a file of readings when its rules are written. */
export type Findings = InferredFields & {
  readonly sample: Sample;
  readonly time: InferredTime;
  readonly key: InferredKey;
  readonly pace: Pace;
  readonly measured: readonly Measured[];
  /** Of the first measured column; null: there is none. */
  readonly chosen: { readonly field: InferredField; readonly limits: Limits; readonly past: Past } | null;
};

/** Errors: those of the file connector, MR7008 without a time, MR7009 without a header or readings. */
export async function lookAtFile(path: string): Promise<Findings> {
  return lookAtSample(await readSample(path, { maxRows: MAX_ROWS }), path);
}

export function lookAtSample(sample: Sample, path: string): Findings {
  checkReadings(sample, path);
  const time = inferTime(sample);
  if (time === null) throw noTime(sample, path);
  const { fields, leftOut } = inferFields(sample, { without: time.column });
  const key = inferKey(fields, time.timesUs);
  const pace = inferPace(time.timesUs, key.keyOfRow);
  const measured = measuredFields(fields, key.fields);
  const [first] = measured;
  const chosen =
    first === undefined ? null : { field: first.field, limits: chooseLimits(first, pace), past: choosePast(pace) };
  return { sample, time, fields, leftOut, key, pace, measured, chosen };
}

function checkReadings({ rows, columns, repeatedColumns, separator, unreadableRows }: Sample, path: string): void {
  const names = [...columns.map(column => column.path.join('.')), ...repeatedColumns];
  if (separator !== null && looksLikeReadings(names)) {
    throw new CommandLineError(
      'MR7009',
      `the first line of ${path} has readings where the names of the columns are expected: ${listed(names)}`,
      'put a line of names on top, such as `time,device,temp`',
    );
  }
  if (rows > 0) return;
  const unreadable = unreadableRows === 0 ? '' : `; ${unreadableRows} rows could not be read`;
  throw new CommandLineError(
    'MR7009',
    `${path} has no readings${names.length === 0 ? '' : ` below its columns ${listed(names)}`}${unreadable}`,
    'name a file with at least a few hundred rows: limits are taken from them',
  );
}

function looksLikeReadings(names: readonly string[]): boolean {
  if (names.some(name => !Number.isNaN(timeUsOf(name, 'iso')))) return true;
  return names.filter(name => !Number.isNaN(numberOf(name))).length > names.length / 2;
}

function noTime(sample: Sample, path: string): CommandLineError {
  const other = findOtherDate(sample);
  return new CommandLineError(
    'MR7008',
    `no column of ${path} reads as a time; the columns are ${listed(sample.columns.map(column => column.path.join('.')))}`,
    other === null
      ? 'a time is ISO 8601, as in 2025-03-10T08:00:00Z, or s, ms, us or ns since 1970: add such a column'
      : `is it ${JSON.stringify(other.column)}? Write its times as ISO 8601: 2025-03-10T08:00:00Z, and not ${other.text}`,
  );
}

function listed(names: readonly string[]): string {
  const more = names.length > 50 ? ` and ${names.length - 50} more` : '';
  return (
    names
      .slice(0, 50)
      .map(name => JSON.stringify(name))
      .join(', ') + more
  );
}

const MAX_ROWS = 10_000;
