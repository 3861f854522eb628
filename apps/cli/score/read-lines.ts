import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { readError } from '../../../connectors/file/format.ts';
import { CommandLineError } from '../command-line-error.ts';
import type { KnownFault, RaisedAlert } from './score-alerts.ts';

type Line = Readonly<Record<string, unknown>>;

/** The rows of a stream of faults, as a route `to file` or `run --json` writes them. Errors: MR5001 …, MR7040. */
export async function readFaults(file: string): Promise<readonly KnownFault[]> {
  const faults: KnownFault[] = [];
  for await (const line of linesOf(file)) {
    if (line['type'] !== 'row') continue;
    const values = { ...members(line['key']), ...members(line['values']) };
    const { fault, to, by, ...where } = values;
    const [toUs, byUs] = [Number(to), Number(by ?? to)];
    if (typeof fault !== 'string' || !(toUs >= 0)) throw noFault(file);
    faults.push({ fault, where: textsOf(where), fromUs: timeUsOf(line), toUs, byUs });
  }
  return faults;
}

/** The alerts that were raised. Errors: MR5001 …, MR7040. */
export async function readAlerts(file: string): Promise<readonly RaisedAlert[]> {
  const alerts: RaisedAlert[] = [];
  for await (const line of linesOf(file)) {
    if (line['type'] !== 'alert' || line['change'] !== 'raised') continue;
    alerts.push({ rule: String(line['rule']), key: textsOf(members(line['key'])), timeUs: timeUsOf(line) });
  }
  return alerts;
}

async function* linesOf(file: string): AsyncGenerator<Line> {
  const input = createReadStream(file);
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      if (text !== '') yield parsed(text, file);
    }
  } catch (error) {
    if (error instanceof CommandLineError) throw error;
    throw await readError(error, file, file);
  }
}

function parsed(text: string, file: string): Line {
  try {
    return members(JSON.parse(text));
  } catch {
    throw new CommandLineError(
      'MR7040',
      `${file} is not NDJSON`,
      'it is what a route `to file "x.ndjson"` or `run --json` writes',
    );
  }
}

function members(value: unknown): Line {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Numbers are measurements, and say nothing of where. */
function textsOf(values: Line): Record<string, string> {
  const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(texts);
}

function timeUsOf(line: Line): number {
  return Date.parse(String(line['time'])) * 1_000;
}

function noFault(file: string): CommandLineError {
  return new CommandLineError(
    'MR7040',
    `a row of ${file} is no fault`,
    'a fault has a field `fault`, its name, and a time `to` at which it ended',
  );
}
