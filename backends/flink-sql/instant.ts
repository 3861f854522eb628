import { BINDING, type Sql, within } from './sql.ts';

/** Milliseconds since the epoch, which is all that Flink's times of events have. */
export function epochMs(time: Sql): string {
  const text = within(time, BINDING.sum);
  return `(EXTRACT(EPOCH FROM ${text}) * 1000 + EXTRACT(MILLISECOND FROM ${text}))`;
}
