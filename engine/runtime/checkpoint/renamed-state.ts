import type { Snapshot } from '../../operator.ts';
import type { KeptNode } from '../workers/worker-protocol.ts';

/**
 * A state as its new owner names its parts: what a node keeps by name (the aggregates of a window, the inputs of a range,
 * the values of a rule, the columns of waiting rows) lies in its `named` member. What has no new name is left out.
 */
export function renamed(stored: Snapshot, { names }: Pick<KeptNode, 'names'>): Snapshot {
  const named = stored['named'] as Snapshot | undefined;
  if (named === undefined || names === null) return stored;
  const parts = Object.entries(names).flatMap(([name, storedName]) =>
    Object.hasOwn(named, storedName) ? [[name, named[storedName]!] as const] : [],
  );
  return { ...stored, named: Object.fromEntries(parts) };
}
