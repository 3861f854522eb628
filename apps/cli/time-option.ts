import { parseIsoUs } from '../../engine/batch/event-time.ts';
import { CommandLineError } from './command-line-error.ts';
import { usOf } from '../settings/setting-values.ts';

/**
 * A time as people type it, in microseconds: `2025-03-10`, `2025-03-10 08:00`, `2025-03-10T08:00:00.5+01:00`, `now`, `1h ago`;
 * without an offset it is UTC. Errors: MR7050.
 */
export function timeOf(text: string, { option, nowUs }: { readonly option: string; readonly nowUs: number }): number {
  const words = text.trim().toLowerCase();
  if (words === 'now') return nowUs;
  const ago = /^(.*\S)\s+ago$/.exec(words);
  if (ago !== null) {
    const us = usOf(ago[1]!);
    if (us !== null) return nowUs - us;
  }
  const bytes = Buffer.from(text.trim());
  const timeUs = parseIsoUs(bytes, 0, bytes.length);
  if (Number.isSafeInteger(timeUs)) return timeUs;
  throw new CommandLineError(
    'MR7050',
    `${option} is no time: ${JSON.stringify(text)}`,
    'such as 2025-03-10, "2025-03-10 08:00", 2025-03-10T08:00:00+01:00, now or "1h ago"; without an offset it is UTC',
  );
}
