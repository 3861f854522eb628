import type { LimitGuard } from './guard.ts';

/** Values of a column that are not below, or above, a limit. */
export type BeyondLimit = { readonly values: Float64Array; readonly limit: number; readonly sign: Sign };

/** What makes both kinds of limits lower ones: values and limits are multiplied by it. */
export type Sign = 1 | -1;

export function signOf(kind: LimitGuard['kind']): Sign {
  return kind === 'at-least' ? 1 : -1;
}

/**
 * Writes the first `length` rows that are beyond the limit, in order; returns how many these are. `? 1 : 0`: before V8 has compiled it
 * to the end, a number of a bool (`+`) is a call. benchmark: peers, 1000-limits
 */
export function rowsBeyond({ values, limit, sign }: BeyondLimit, length: number, to: Uint32Array): number {
  const least = limit * sign;
  let count = 0;
  for (let i = 0; i < length; i++) {
    to[count] = i;
    count += values[i]! * sign >= least ? 1 : 0;
  }
  return count;
}
