import type { Snapshot } from '../operator.ts';
import type { KeptNode } from './worker-protocol.ts';

/**
 * A state as its new owner names its parts: what a node keeps by name (the aggregates of a window, the inputs of a range,
 * the values of a rule, the columns of waiting rows) lies in its `named` member. Where no name has changed, and nothing
 * was left out or added, it is as it was.
 */
export function renamed(stored: Snapshot, { names }: Pick<KeptNode, 'names'>): Snapshot {
  const named = stored['named'] as Snapshot | undefined;
  if (named === undefined || Object.keys(names).length === 0) return stored;
  const parts = Object.entries(names).flatMap(([name, storedName]) =>
    Object.hasOwn(named, storedName) ? [[name, named[storedName]!] as const] : [],
  );
  return { ...stored, named: Object.fromEntries(parts) };
}
