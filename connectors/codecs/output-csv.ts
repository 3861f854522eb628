import type { Scalar } from '../../engine/batch.ts';
import type { SinkInput } from '../../engine/connector.ts';
import { isoTime, scalarJson } from './output-lines.ts';

/** Rows as CSV: the time, then the stream's fields, null as an empty cell. Alerts: key and values as JSON in a cell. */
export function csvHeader(input: SinkInput): string {
  return csvLine(input.kind === 'alerts' ? ALERT_COLUMNS : ['time', ...input.batch.fields.map(({ name }) => name)]);
}

/** Everything that a sink is given, each line with its end. */
export function csvLines(input: SinkInput): string {
  if (input.kind === 'rows') {
    const { fields, rows } = input.batch;
    return rows
      .map(row =>
        csvLine([
          isoTime(row.timeUs),
          ...fields.map(({ name }) => cellText(row.values[name] ?? row.key[name] ?? null)),
        ]),
      )
      .join('');
  }
  return input.changes
    .map(({ timeUs, rule, level, change, id, message, key, values, state = [], by = '', comment = '' }) => {
      const known = [isoTime(timeUs), rule, level, change, id, JSON.stringify(key), message, JSON.stringify(values)];
      return csvLine([...known, state.join(' '), by, comment]);
    })
    .join('');
}

function csvLine(cells: readonly string[]): string {
  return `${csvRow(cells)}\n`;
}

/** Without its end. */
export function csvRow(cells: readonly string[]): string {
  return cells.map(quoted).join(',');
}

function cellText(value: Scalar): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : scalarJson(value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const ALERT_COLUMNS = [
  'time',
  'rule',
  'level',
  'change',
  'id',
  'key',
  'message',
  'values',
  'state',
  'by',
  'comment',
] as const;
