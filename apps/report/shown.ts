import { isoTime } from '../../connectors/codecs/output-lines.ts';
import type { Scalar } from '../../engine/batch.ts';
import { showDuration } from '../../engine/operators/rule/show.ts';

/** `2025-03-10 08:07:00`, UTC, with milliseconds only where there are some. */
export function shownTime(timeUs: number): string {
  return isoTime(Math.floor(timeUs / 1000) * 1000)
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '');
}

/** Of a key: `m1`, `hall 2 · m1`; of a stream without one, `all`. */
export function shownKey(key: Readonly<Record<string, Scalar>>): string {
  const values = Object.values(key);
  return values.length === 0 ? 'all' : values.map(value => String(value ?? '–')).join(' · ');
}

/** `1h30m`: of long ones the first two parts. */
export function shownLength(us: number): string {
  const parts = showDuration(us).match(/\d+[a-z]+/g) ?? [];
  return parts.slice(0, 2).join(' ');
}

export function countText(count: number): string {
  return count.toLocaleString('en');
}
