import { type AlertSpan, AlertSpans, type SpanChange } from '../../../engine/backtest/alert-span.ts';
import type { RaisedAlert } from '../../../engine/backtest/score-alerts.ts';
import { type JsonRecord, membersOf, recordsOf } from '../labels/json-records.ts';

/** The alerts that were raised, as a route `to file` or `run --json` writes them. Errors: MR5001 …, MR7040, MR7365. */
export async function readAlerts(file: string): Promise<readonly RaisedAlert[]> {
  const spans = new AlertSpans();
  for await (const { content } of recordsOf(file)) {
    if (content['type'] === 'alert') spans.take(changeOf(content));
  }
  return raisedAlerts(spans.end());
}

/** What of alerts is held against faults. */
export function raisedAlerts(spans: readonly AlertSpan[]): readonly RaisedAlert[] {
  return spans.map(({ rule, key, raisedUs }) => ({ rule, key, timeUs: raisedUs }));
}

/** Of a line that `alertLine` has written. */
function changeOf(line: JsonRecord): SpanChange {
  return {
    rule: String(line['rule']),
    key: membersOf(line['key']) as SpanChange['key'], // as: values of keys are scalars
    change: line['change'] as SpanChange['change'],
    level: line['level'] as SpanChange['level'],
    timeUs: Date.parse(String(line['time'])) * 1_000,
    state: Array.isArray(line['state']) ? line['state'] : [],
  };
}
