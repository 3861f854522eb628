import type { Rejection } from '../../batch.ts';
import type { AlertChange } from '../../operator.ts';
import { refusedEvents } from '../workers/rejection-order.ts';
import type { RoundOutput } from '../workers/round-output.ts';

/** What the main thread counts of what rounds give. Bounded by the plan: streams, rules, levels, changes and codes. */
export class JobCounters {
  readonly events = new Map<string, number>(); // by source
  readonly rows = new Map<string, number>(); // by stream
  readonly rejected = new Map<string, Map<string, number>>(); // by stream, by code
  readonly changes = new Map<string, Map<string, Map<string, number>>>(); // by rule, by change, by level

  count(round: {
    readonly stream: string;
    readonly events: number;
    readonly output: RoundOutput;
    readonly refused: readonly Rejection[];
  }): void {
    const { stream, events, output, refused } = round;
    add(this.events, stream, events - refusedEvents(output.rejected));
    for (const batch of output.rows) add(this.rows, batch.stream, batch.length);
    for (const rejection of refused) add(within(this.rejected, sourceOf(rejection)), rejection.code, 1);
    for (const change of output.alerts) this.#countChange(change);
  }

  #countChange({ rule, change, level }: AlertChange): void {
    let changes = this.changes.get(rule);
    if (changes === undefined) this.changes.set(rule, (changes = new Map()));
    add(within(changes, change), level, 1);
  }
}

/** What a source leaves aside counts as that source's. */
function sourceOf({ stream }: Rejection): string {
  const end = stream.indexOf('#');
  return end < 0 ? stream : stream.slice(0, end);
}

function within(counts: Map<string, Map<string, number>>, name: string): Map<string, number> {
  let inner = counts.get(name);
  if (inner === undefined) counts.set(name, (inner = new Map()));
  return inner;
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
