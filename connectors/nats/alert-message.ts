import type { Scalar } from '../../engine/batch.ts';
import type { OutputRow, RowBatch, SinkInput, SinkOptions } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { alertLine, isoTime, rowLine } from '../codecs/output-lines.ts';
import type { MessageIds } from './message-ids.ts';
import type { OutgoingMessage } from './publisher.ts';
import type { SubjectTemplate } from './subject-template.ts';

export type MessageContext = {
  readonly template: SubjectTemplate;
  readonly ids: MessageIds;
  readonly labelsOf: NonNullable<SinkOptions['labelsOf']>;
};

/** CloudEvents in structured mode, whose ids are the messages' as well. */
export function alertMessages(input: SinkInput, context: MessageContext): OutgoingMessage[] {
  const traced = input.traceParent === undefined ? {} : { traceParent: input.traceParent };
  if (input.kind === 'alerts') return input.changes.map(change => ({ ...messageOfAlert(change, context), ...traced }));
  const { batch } = input;
  return batch.rows.map(row => ({ ...messageOfRow(batch, row, context), ...traced }));
}

function messageOfAlert(change: AlertChange, { template, ids, labelsOf }: MessageContext): OutgoingMessage {
  const id = ids.ofAlert(change);
  const source = `millrace/rules/${encodeURIComponent(change.rule)}`;
  const type = `millrace.alert.${change.change}`;
  return {
    id,
    subject: template.subject(name => alertValue(change, labelsOf(change.rule), name)),
    payload: cloudEvent({
      id,
      source,
      type,
      timeUs: change.timeUs,
      key: change.key,
      json: alertLine(change),
      isHistorical: change.historical === true,
    }),
    contentType: CLOUD_EVENT,
    key: JSON.stringify(change.key),
  };
}

function messageOfRow({ stream }: RowBatch, row: OutputRow, { template, ids }: MessageContext): OutgoingMessage {
  const id = ids.ofRow(stream, row);
  const source = `millrace/streams/${encodeURIComponent(stream)}`;
  const json = rowLine(stream, row);
  return {
    id,
    subject: template.subject(name => rowValue(row, name)),
    payload: cloudEvent({ id, source, type: 'millrace.row', timeUs: row.timeUs, key: row.key, json }),
    contentType: CLOUD_EVENT,
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
  readonly isHistorical?: boolean;
}): string {
  const { id, source, type, timeUs, key, json, isHistorical = false } = event;
  const keyText = Object.keys(key)
    .map(name => `${name}=${key[name]}`)
    .join(',');
  const subject = keyText === '' ? '' : `"subject":${JSON.stringify(keyText)},`;
  return (
    `{"specversion":"1.0","id":${JSON.stringify(id)},"source":${JSON.stringify(source)},"type":"${type}",` +
    `"time":"${isoTime(timeUs)}",${subject}${isHistorical ? '"historical":true,' : ''}"datacontenttype":"application/json","data":${json}}`
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

const CLOUD_EVENT = 'application/cloudevents+json';
