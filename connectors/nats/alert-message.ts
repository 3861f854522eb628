import type { Scalar } from '../../engine/batch.ts';
import type { OutputRow, RowBatch, SinkInput, SinkOptions } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { alertLine, isoTime, rowLine } from '../codecs/output-lines.ts';
import type { MessageIds } from './message-ids.ts';
import type { SubjectTemplate } from './subject-template.ts';

/** What is published: a CloudEvent in structured mode, whose id is the message's as well. */
export type AlertMessage = {
  readonly id: string;
  readonly subject: string;
  readonly payload: string;
  /** Messages of one key keep their order, whatever happens. */
  readonly key: string;
};

export type MessageContext = {
  readonly template: SubjectTemplate;
  readonly ids: MessageIds;
  readonly labelsOf: NonNullable<SinkOptions['labelsOf']>;
};

export function alertMessages(input: SinkInput, context: MessageContext): AlertMessage[] {
  if (input.kind === 'alerts') return input.changes.map(change => messageOfAlert(change, context));
  const { batch } = input;
  return batch.rows.map(row => messageOfRow(batch, row, context));
}

function messageOfAlert(change: AlertChange, { template, ids, labelsOf }: MessageContext): AlertMessage {
  const id = ids.ofAlert(change);
  const source = `millrace/rules/${encodeURIComponent(change.rule)}`;
  const type = `millrace.alert.${change.change}`;
  return {
    id,
    subject: template.subject(name => alertValue(change, labelsOf(change.rule), name)),
    payload: cloudEvent({ id, source, type, timeUs: change.timeUs, key: change.key, json: alertLine(change) }),
    key: JSON.stringify(change.key),
  };
}

function messageOfRow({ stream }: RowBatch, row: OutputRow, { template, ids }: MessageContext): AlertMessage {
  const id = ids.ofRow(stream, row);
  const source = `millrace/streams/${encodeURIComponent(stream)}`;
  const json = rowLine(stream, row);
  return {
    id,
    subject: template.subject(name => rowValue(row, name)),
    payload: cloudEvent({ id, source, type: 'millrace.row', timeUs: row.timeUs, key: row.key, json }),
    key: JSON.stringify(row.key),
  };
}

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
function cloudEvent(event: {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly timeUs: number;
  readonly key: Readonly<Record<string, Scalar>>;
  readonly json: string;
}): string {
  const { id, source, type, timeUs, key, json } = event;
  const keyText = Object.keys(key)
    .map(name => `${name}=${key[name]}`)
    .join(',');
  const subject = keyText === '' ? '' : `"subject":${JSON.stringify(keyText)},`;
  return (
    `{"specversion":"1.0","id":${JSON.stringify(id)},"source":${JSON.stringify(source)},"type":"${type}",` +
    `"time":"${isoTime(timeUs)}",${subject}"datacontenttype":"application/json","data":${json}}`
  );
}

/** As in a route's `where`: a field of the key wins over a label. Other fields are among the alert's values. */
function alertValue(change: AlertChange, labels: Readonly<Record<string, string>>, name: string): Scalar {
  if (name === 'severity') return change.level;
  if (name === 'rule') return change.rule;
  if (name === 'change') return change.change;
  if (name === 'time') return isoTime(change.timeUs);
  if (Object.hasOwn(change.key, name)) return change.key[name]!;
  if (Object.hasOwn(labels, name)) return labels[name]!;
  return Object.hasOwn(change.values, name) ? change.values[name]! : null;
}

function rowValue(row: OutputRow, name: string): Scalar {
  if (Object.hasOwn(row.values, name)) return row.values[name]!;
  if (Object.hasOwn(row.key, name)) return row.key[name]!;
  return name === 'time' ? isoTime(row.timeUs) : null;
}
