import { parseIsoUs } from '../../../engine/batch/event-time.ts';
import { isoTime } from '../../../connectors/codecs/output-lines.ts';

/** `2025-03-10 08:07:00`, UTC, with a fraction only where there is one. */
export function dateTime(timeUs: number): string {
  return isoTime(timeUs)
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '');
}

/** In microseconds; NaN: it is no time. */
export function isoUs(text: string): number {
  const bytes = Buffer.from(text);
  return parseIsoUs(bytes, 0, bytes.length);
}

/** Of the day of another instant only the time. */
export function clockTime(timeUs: number, dayUs: number): string {
  const [text, day] = [dateTime(timeUs), dateTime(dayUs)];
  return text.slice(0, 10) === day.slice(0, 10) ? text.slice(11) : text;
}
