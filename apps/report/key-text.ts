import type { Scalar } from '../../engine/batch.ts';

/**
 * The same text for the same key of a stream, in whatever order its fields stand. Of a key of one field, as most are, it is the
 * value's own, which costs nothing to make.
 */
export function keyText(key: Readonly<Record<string, Scalar>>): string {
  const entries = Object.entries(key);
  if (entries.length === 1) return String(entries[0]![1]);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
