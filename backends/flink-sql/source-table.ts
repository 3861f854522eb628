import type { SourceField, SourceNode } from '../../dsl/plan.ts';
import { asDouble, numberText } from './doubles.ts';
import type { Gaps } from './gaps.ts';
import { intervalOf } from './interval.ts';
import { listText } from './list-text.ts';
import { MessageColumns } from './message-columns.ts';
import { refuseSettings } from './source-parts.ts';
import { freeName, indented, quoted, textLiteral } from './sql-text.ts';
import { messageType } from './sql-type.ts';
import { atom, BINDING, type Sql, within } from './sql.ts';

const MS_US = 1000;

/** A table of messages, and a view of those that are taken, with the fields of the stream and `time`. */
export type SourceText = { readonly table: string; readonly view: string };

export function sourceText(
  source: SourceNode,
  { table, view, connector }: { readonly table: string; readonly view: string; readonly connector: string },
  gaps: Gaps,
): SourceText {
  const message = new MessageColumns();
  const fields = fieldsOf(source).map(field => ({ field, ...readField(field, message, gaps) }));
  const time = timeText(source, message, gaps);
  const names = fields.map(({ field }) => field.name);
  const rowTime = freeName('time', message.names);
  refuseTimeField(names, gaps);
  refuseSettings(source, gaps);
  const columns = [
    ...message.declarations(gaps),
    `${quoted(rowTime)} AS ${time}`,
    // One millisecond more: to Flink an event at the watermark is late, to a rule it is not.
    `WATERMARK FOR ${quoted(rowTime)} AS ${quoted(rowTime)} - ${intervalOf(source.latenessUs + MS_US, gaps)}`,
  ];
  const items = [...fields.map(({ field, value }) => named(value.text, field.name)), named(quoted(rowTime), 'time')];
  const isTaken = [
    ...source.key.map(name => `${fields.find(({ field }) => field.name === name)!.value.text} IS NOT NULL`),
    ...fields.flatMap(({ checks }) => checks),
  ];
  const where = isTaken.length === 0 ? '' : `\nWHERE ${isTaken.join('\n  AND ')}`;
  return {
    table: `CREATE TABLE ${quoted(table)} (\n${indented(columns.join(',\n'))}\n) WITH (\n${indented(connector)}\n)`,
    view: `CREATE VIEW ${quoted(view)} AS\nSELECT${listText(items)}\nFROM ${quoted(table)}${where}`,
  };
}

/** As declared: what tells messages apart in a stored series is not of the stream. */
export function fieldsOf(source: SourceNode): readonly SourceField[] {
  return source.fields.filter(({ from }) => from.kind !== 'identity');
}

/** In every view, `time` is that of the event or row. */
export function refuseTimeField(names: readonly string[], gaps: Gaps): void {
  if (names.includes('time'))
    gaps.add('the field `time`', 'views of the script have the time of events under this name');
}

function named(text: string, name: string): string {
  return text === quoted(name) ? text : `${text} AS ${quoted(name)}`;
}

type ReadField = { readonly value: Sql; readonly checks: readonly string[] };

/** The field's value, and what has to hold so that its message is taken. */
function readField(field: SourceField, message: MessageColumns, gaps: Gaps): ReadField {
  const { name, range, isNumberFromText: isText } = field;
  const raw = message.read(field.from, name, isText ? 'STRING' : messageType(field, gaps), gaps);
  const number = isText ? `TRY_CAST(${raw} AS DOUBLE)` : raw;
  const value = scaled(atom(number, isText || field.type === 'float'), field, gaps);
  const checks = isText ? [`(${raw} IS NULL OR ${number} IS NOT NULL)`] : [];
  if (range !== null) {
    const { low, high } = range;
    const inside = `${within(value, BINDING.sum)} BETWEEN ${numberText(low)} AND ${numberText(high)}`;
    checks.push(`(${inside}) IS NOT FALSE`);
  }
  if (field.default === null) return { value, checks };
  return { value: atom(`COALESCE(${value.text}, ${constantText(field.default)})`, value.isDouble), checks };
}

function scaled(value: Sql, { name, type, scaling }: SourceField, gaps: Gaps): Sql {
  if (scaling.length > 0 && type === 'int') gaps.add(`the scaled int \`${name}\``, 'declare it as a float');
  return scaling.reduce((x, { operator, by }) => {
    const binding = operator === '+' || operator === '-' ? BINDING.sum : BINDING.product;
    const factor = by < 0 ? `(${numberText(by)})` : numberText(by);
    return { text: `${within(asDouble(x), binding)} ${operator} ${factor}`, binding, isDouble: true };
  }, value);
}

function constantText(value: string | number | boolean): string {
  if (typeof value === 'string') return textLiteral(value);
  return typeof value === 'number' ? numberText(value) : String(value).toUpperCase();
}

function timeText({ time }: SourceNode, message: MessageColumns, gaps: Gaps): string {
  if (time === null) return 'PROCTIME()'; // a gap
  const read = (type: string) => message.read(time.from, 'time', type, gaps);
  switch (time.format) {
    case 's':
      return `TO_TIMESTAMP_LTZ(CAST(${read('DOUBLE')} * 1000 AS BIGINT), 3)`;
    case 'ms':
      return `TO_TIMESTAMP_LTZ(${read('BIGINT')}, 3)`;
    case 'us':
      return `TO_TIMESTAMP_LTZ(${read('BIGINT')} / 1000, 3)`;
    case 'ns':
      return `TO_TIMESTAMP_LTZ(${read('BIGINT')} / 1000000, 3)`;
    case 'iso':
      return `CAST(REPLACE(REPLACE(${read('STRING')}, 'T', ' '), 'Z', '') AS TIMESTAMP_LTZ(3))`;
  }
}
