import type { Scalar } from '../../engine/batch.ts';

/** The same text for the same key, in whatever order its fields stand. */
export function keyText(key: Readonly<Record<string, Scalar>>): string {
  return JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
}
