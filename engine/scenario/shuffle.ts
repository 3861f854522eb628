import type { SourceNode } from '../../dsl/plan.ts';
import type { FedEvent } from './fed-events.ts';
import { createRandom } from './random.ts';

/**
 * Delays each event by less than its stream's lateness, so that none is late that was not. Events of one time share
 * their delay, since their order of arrival counts (MEANING.md 4). Not delayed are the newest event of each key, from
 * which its silence is counted; events of streams that meet, where they are of one time (MEANING.md 5); keys of which the test itself delays events; and streams whose event time is arrival, or
 * whose repetitions (`unique`) or silences are told by it.
 */
export function shuffleWithinLateness(options: {
  readonly events: readonly FedEvent[];
  readonly sources: readonly SourceNode[];
  readonly seed: string;
  /** Streams of which more than the order of events depends on arrival. */
  readonly fixed: ReadonlySet<string>;
  /** Whether rows of several streams are put into one order. */
  readonly doStreamsMeet: boolean;
}): FedEvent[] {
  const { events, sources, seed, fixed } = options;
  const shared = options.doStreamsMeet ? sharedTimes(events) : NO_TIMES;
  const delayers = new Map(
    sources.map(source => [
      source.id,
      fixed.has(source.id) ? () => 0 : createDelays(source, { events, shared }, createRandom(`${seed}, ${source.id}`)),
    ]),
  );
  const delayed = events.map(event => ({
    ...event,
    arrivalUs: event.arrivalUs + delayers.get(event.stream)!(event.timeUs),
  }));
  return delayed.sort((a, b) => a.arrivalUs - b.arrivalUs); // stable
}

/** The delay of events of this time. */
function createDelays(
  source: SourceNode,
  { events: all, shared }: { readonly events: readonly FedEvent[]; readonly shared: ReadonlySet<number> },
  random: () => number,
): (timeUs: number) => number {
  if (source.time === null || source.latenessUs === 0 || source.unique !== undefined) return () => 0;
  const events = all.filter(event => event.stream === source.id);
  const byKey = Map.groupBy(events, event => JSON.stringify(source.key.map(name => event.values[name])));
  const delays = new Map<number, number>([...shared].map(timeUs => [timeUs, 0]));
  for (const own of byKey.values()) for (const timeUs of fixedTimes(own)) delays.set(timeUs, 0);
  return timeUs => {
    let delayUs = delays.get(timeUs);
    if (delayUs === undefined) {
      delayUs = Math.floor(random() * source.latenessUs);
      delays.set(timeUs, delayUs);
    }
    return delayUs;
  };
}

/** At which several streams have events. */
function sharedTimes(events: readonly FedEvent[]): ReadonlySet<number> {
  const streams = new Map<number, Set<string>>();
  for (const { stream, timeUs } of events) streams.set(timeUs, (streams.get(timeUs) ?? new Set()).add(stream));
  return new Set([...streams].flatMap(([timeUs, { size }]) => (size > 1 ? [timeUs] : [])));
}

const NO_TIMES: ReadonlySet<number> = new Set();

function fixedTimes(events: readonly FedEvent[]): number[] {
  const times = events.map(event => event.timeUs);
  return events.some(event => event.arrivalUs !== event.timeUs) ? times : [times.reduce((a, b) => Math.max(a, b))];
}
