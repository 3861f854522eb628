import { describeDuration } from '../../dsl/describe-expression.ts';
import type { Gaps } from './gaps.ts';

const MS_US = 1000;
const DAY_US = 86_400_000_000;
const UNITS = [
  ['DAY', DAY_US],
  ['HOUR', 3_600_000_000],
  ['MINUTE', 60_000_000],
  ['SECOND', 1_000_000],
] as const;
const SHORT = 100; // an interval's first field has two digits

/** Flink's times of events have milliseconds; what is finer cannot be said. */
export function intervalOf(us: number, gaps: Gaps): string {
  if (us % MS_US !== 0) return gaps.add(`the duration ${describeDuration(us)}`, 'Flink knows whole milliseconds');
  const unit = UNITS.find(([, size]) => us >= size && us % size === 0 && us / size < SHORT);
  if (unit !== undefined) return `INTERVAL '${us / unit[1]}' ${unit[0]}`;
  if (us < SHORT * 1_000_000) return `INTERVAL '${us / 1_000_000}' SECOND`;
  return daysToSeconds(us);
}

/** All that is less than `us` in whole milliseconds: our ranges are half-open, Flink's bounds are in. */
export function intervalBelow(us: number, gaps: Gaps): string {
  return intervalOf(us - MS_US, gaps);
}

function daysToSeconds(us: number): string {
  const days = Math.floor(us / DAY_US);
  const time = new Date((us % DAY_US) / MS_US).toISOString().slice(11, 23);
  const precision = days < SHORT ? '' : `(${String(days).length})`;
  return `INTERVAL '${days} ${time}' DAY${precision} TO SECOND(3)`;
}
