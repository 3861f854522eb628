import type { EventIdentity } from './batch.ts';
import { showTime } from './operators/rule/show.ts';

/** What brought a level of a rule about. */
export type Provenance = {
  /** Which of the rule's levels, in the order of the file: several may be of one severity. Lines do not have it. */
  readonly levelIndex: number;
  /** Since when its condition has held without a break: what its `for` counts from. */
  readonly sinceUs: number;
  /** The event with which it came to hold, and the last one before the change, whose values the alert carries; they may be one. */
  readonly events: readonly DecidingEvent[];
  /** Stretches that were looked at with that last event: its pane [from, to), and the ranges (from, to] of conditions, the longest first. */
  readonly over: readonly { readonly fromUs: number; readonly toUs: number }[];
  /** The same for rules that mean the same and read the same, whatever runs beside them. */
  readonly ruleVersion: string;
};

/** An event, or a row of a stream; `timeUs` of a pane is its start. Its identity is known where the stream is stored. */
export type DecidingEvent = {
  readonly stream: string;
  readonly timeUs: number;
  readonly identity: EventIdentity | null;
};

/** As lines of alerts and stores have it; what an event is not known by is left out. */
export function provenanceJson({ sinceUs, events, over, ruleVersion }: Provenance): string {
  return JSON.stringify({
    since: showTime(sinceUs),
    events: events.map(({ stream, timeUs, identity }) => ({
      stream,
      time: showTime(timeUs),
      ...(identity === null ? {} : { source: identity.source, seq: identity.sequence, item: identity.item }),
    })),
    over: over.map(({ fromUs, toUs }) => ({ from: showTime(fromUs), to: showTime(toUs) })),
    rule_version: ruleVersion,
  });
}
