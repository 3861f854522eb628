import type { Rejection, Scalar } from '../../engine/batch.ts';
import type { OutputRow, SinkInput } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { provenanceJson } from '../../engine/provenance.ts';

/**
 * Millrace's lines of JSON: what `--json` prints and a file of alerts or rows holds. Numbers read back exactly, -0 as
 * well; nulls are written; times are ISO 8601 in UTC. No line contains a line break.
 */
export function alertLine(change: AlertChange): string {
  return (
    `{"type":"alert","rule":${JSON.stringify(change.rule)},"key":${membersJson(change.key)},` +
    `"level":"${change.level}","change":"${change.change}","time":"${isoTime(change.timeUs)}",` +
    `"id":${JSON.stringify(change.id)},"message":${JSON.stringify(change.message)},"values":${membersJson(change.values)}${stateMembers(change)}}`
  );
}

/** Only what there is: most changes have none of these. */
function stateMembers({ historical, state, by, comment, provenance }: AlertChange): string {
  return [
    historical === undefined ? '' : ',"historical":true',
    state === undefined ? '' : `,"state":${JSON.stringify(state)}`,
    by === undefined ? '' : `,"by":${JSON.stringify(by)}`,
    comment === undefined ? '' : `,"comment":${JSON.stringify(comment)}`,
    provenance === undefined ? '' : `,"provenance":${provenanceJson(provenance)}`,
  ].join('');
}

export function rowLine(stream: string, row: OutputRow): string {
  return (
    `{"type":"row","stream":${JSON.stringify(stream)},"time":"${isoTime(row.timeUs)}",` +
    `"key":${membersJson(row.key)},"values":${membersJson(row.values)}}`
  );
}

/** `time` is the arrival (MEANING.md 10); `event_time` and `key` are null where they could not be read. */
export function rejectedLine(rejection: Rejection): string {
  const { stream, code, reason, raw, arrivalUs, eventTimeUs, key } = rejection;
  const eventTime = eventTimeUs === null ? 'null' : `"${isoTime(eventTimeUs)}"`;
  return (
    `{"type":"rejected","stream":${JSON.stringify(stream)},"code":"${code}","reason":${JSON.stringify(reason)},` +
    `"raw":${JSON.stringify(raw)},"time":"${isoTime(arrivalUs)}","event_time":${eventTime},` +
    `"key":${key === null ? 'null' : membersJson(key)}}`
  );
}

/** Lines of everything that a sink is given, each with its end. */
export function outputLines(input: SinkInput): string {
  const lines =
    input.kind === 'alerts'
      ? input.changes.map(alertLine)
      : input.batch.rows.map(row => rowLine(input.batch.stream, row));
  return lines.map(line => `${line}\n`).join('');
}

/** `2013-07-04T00:00:00.000Z`, with microseconds where there are any. */
export function isoTime(us: number): string {
  const text = new Date(Math.floor(us / 1000)).toISOString();
  const micros = us % 1000;
  return micros === 0 ? text : `${text.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

/** JSON of one value; the one text of it that Number() takes back exactly. */
export function scalarJson(value: Scalar): string {
  if (typeof value !== 'number') return JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

function membersJson(members: Readonly<Record<string, Scalar>>): string {
  const parts: string[] = [];
  for (const name of Object.keys(members)) parts.push(`${JSON.stringify(name)}:${scalarJson(members[name]!)}`);
  return `{${parts.join(',')}}`;
}
