import type { ValueType } from '../../dsl/plan.ts';
import { atom, BINDING, type Sql, within } from './sql.ts';

/** Milliseconds since the epoch, which is all that Flink's times of events have. */
export function epochMs(time: Sql): string {
  const text = within(time, BINDING.sum);
  return `(EXTRACT(EPOCH FROM ${text}) * 1000 + EXTRACT(MILLISECOND FROM ${text}))`;
}

/** A value as a column of its own: rows have one time by which Flink goes, and a time beside it has to be said to be none. */
export function asValue(sql: Sql, type: ValueType): Sql {
  return type === 'time' && !sql.text.startsWith('CAST(') ? atom(`CAST(${sql.text} AS TIMESTAMP_LTZ(3))`) : sql;
}
