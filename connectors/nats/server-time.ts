/** Microseconds of a server's `2026-01-02T03:04:05.123456789Z`, which has up to nine digits, or none. */
export function serverTimeUs(text: string): number {
  const [, seconds, fraction = '', zone] = /^([^.]*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  return ms * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
