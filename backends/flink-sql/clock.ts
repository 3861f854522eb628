import type { Gaps } from './gaps.ts';

/** The column by which Flink keeps time, and what its rows are of: that says how far its time is from ours. */
export type Clock = {
  readonly name: string;
  readonly of:
    | { readonly kind: 'events' } // not at all
    | { readonly kind: 'panes'; readonly sizeUs: number } // Flink's time is their end, ours their start
    | { readonly kind: 'sessions' } // so, too, and each has a length of its own
    | { readonly kind: 'matches' } // Flink gives one when those that began before it are over
    | { readonly kind: 'pairs' }; // Flink's time is that of one of their rows
};

/** For what goes by the order of rows. */
export function requireOrder({ of }: Clock, construct: string, gaps: Gaps): void {
  if (of.kind === 'matches' || of.kind === 'pairs') gaps.add(`${construct} over ${of.kind}`, UNORDERED[of.kind]);
}

const UNORDERED = {
  matches: 'Flink gives a match when those that began before it are over, not when it is complete',
  pairs: 'Flink has no time for a pair but that of one of its rows',
} as const;

/** For what goes by the time between rows. */
export function requireDistances(clock: Clock, construct: string, gaps: Gaps): void {
  requireOrder(clock, construct, gaps);
  if (clock.of.kind !== 'sessions') return;
  gaps.add(`${construct} over sessions`, 'Flink takes their end for their time, rules their start');
}
