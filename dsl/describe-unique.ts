import { describeDuration } from './describe-expression.ts';
import type { UniqueEvents } from './plan.ts';

/** What events of a stream with this key are told apart by: `unique by id, kwh, time within 10m`. */
export function describeUnique(key: readonly string[], { fields, isOfTime, withinUs }: UniqueEvents): string {
  const names = [...key, ...fields, ...(isOfTime ? ['time'] : [])];
  return `unique by ${names.join(', ')} within ${describeDuration(withinUs)}`;
}
