import { type Cell, timeUsOf } from '../../../connectors/file/cell.ts';
import { inspectFile } from '../../../connectors/file/format.ts';
import { undeclaredSource } from '../../../connectors/file/raw-rows.ts';
import { readSample } from '../../../connectors/file/sample.ts';
import type { KnownFault } from '../../../engine/backtest/score-alerts.ts';
import { CommandLineError } from '../command-line-error.ts';
import { type JsonRecord, membersOf, recordsOf } from './json-records.ts';

/**
 * What is known to have been wrong: a table or objects with `from`, `to` and, where they are there, `rule`, `name`, `by`; all else says
 * where it was. Or the rows of a stream of faults, as a route or `run --json` writes them. Errors: MR5001 …, MR7040, MR7361.
 */
export async function readLabels(file: string): Promise<readonly KnownFault[]> {
  const { format } = await inspectFile({ source: undeclaredSource(file, []), directory: '.' });
  const faults = format === 'json' || format === 'ndjson' ? await ofRecords(file) : await ofTable(file);
  if (faults.length === 0) throw new CommandLineError('MR7361', `${file} has no labels`, FORM);
  return faults;
}

async function ofRecords(file: string): Promise<readonly KnownFault[]> {
  const faults: KnownFault[] = [];
  for await (const { content, place } of recordsOf(file)) {
    if (content['type'] === 'row') faults.push(faultOfRow(content, file));
    else if (!isOtherLine(content)) faults.push(faultOf(content, `${place} of ${file}`));
    if (faults.length > MAX_LABELS) throw tooMany(file);
  }
  return faults;
}

async function ofTable(file: string): Promise<readonly KnownFault[]> {
  const { columns, rows, isWhole, unreadableRows, format } = await readSample(file, { maxRows: MAX_LABELS });
  if (!isWhole) throw tooMany(file);
  if (unreadableRows > 0)
    throw new CommandLineError('MR7361', `${unreadableRows} rows of ${file} cannot be read`, FORM);
  const place = (row: number) => (format === 'parquet' ? `row ${row + 1}` : `line ${row + 2}`); // behind the header
  return Array.from({ length: rows }, (_, row) => {
    const cells = columns.map(({ path, cells: column }) => [path.join('.'), column[row]] as const);
    return faultOf(Object.fromEntries(cells), `${place(row)} of ${file}`);
  });
}

function faultOf({ from, to, by, rule, name, ...where }: JsonRecord, place: string): KnownFault {
  const fromUs = timeOfCell(from, 'from', place);
  const toUs = timeOfCell(to, 'to', place);
  const byUs = isEmpty(by) ? toUs : timeOfCell(by, 'by', place);
  if (toUs < fromUs) throw new CommandLineError('MR7361', `${place}: \`to\` is before \`from\``, FORM);
  const ofRule = isEmpty(rule) ? null : String(rule);
  const places = Object.entries(where).filter(([, value]) => !isEmpty(value) && typeof value !== 'object');
  return {
    name: isEmpty(name) ? (ofRule ?? '') : String(name),
    rule: ofRule,
    where: Object.fromEntries(places.map(([field, value]) => [field, String(value)])),
    ...{ fromUs, toUs, byUs },
  };
}

/** Of a row of a stream of faults: `fault` is the name of the rule that should find it. Numbers are measurements, and say nothing of where. */
function faultOfRow(line: JsonRecord, file: string): KnownFault {
  const { fault, to, by, ...values } = membersOf(line['values']);
  const { fault: ofKey, ...key } = membersOf(line['key']);
  const name = fault ?? ofKey;
  const [fromUs, toUs, byUs] = [Date.parse(String(line['time'])) * 1_000, Number(to), Number(by ?? to)];
  if (typeof name !== 'string' || !(toUs >= 0)) throw noFault(file);
  const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const where = { ...Object.fromEntries(Object.entries(key).map(([field, value]) => [field, String(value)])) };
  return { name, rule: name, where: { ...where, ...Object.fromEntries(texts) }, fromUs, toUs, byUs };
}

/** Of a file that has all that a run wrote. */
function isOtherLine({ type, from }: JsonRecord): boolean {
  return from === undefined && typeof type === 'string' && OTHER_LINES.includes(type);
}

function timeOfCell(cell: unknown, column: string, place: string): number {
  const timeUs = isEmpty(cell) ? Number.NaN : timeUsOf(cell as Cell, 'iso'); // as: what is no text is no time there
  if (Number.isSafeInteger(timeUs)) return timeUs;
  const what = isEmpty(cell) ? `there is no \`${column}\`` : `\`${column}\` is no time: ${JSON.stringify(cell)}`;
  throw new CommandLineError('MR7361', `${place}: ${what}`, FORM);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function noFault(file: string): CommandLineError {
  return new CommandLineError(
    'MR7040',
    `a row of ${file} is no fault`,
    'a fault has a field `fault`, its name, and a time `to` at which it ended',
  );
}

function tooMany(file: string): CommandLineError {
  return new CommandLineError('MR7361', `${file} has more than ${MAX_LABELS.toLocaleString('en')} labels`);
}

const FORM =
  'a label has the columns `from` and `to`, times such as 2025-03-10T08:00:00Z; `rule`, `name` and fields of keys may be beside them';
const OTHER_LINES = ['alert', 'rejected', 'progress', 'summary'];
const MAX_LABELS = 100_000;
