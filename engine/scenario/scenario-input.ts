import type { Plan, SourceNode, TestCase } from '../../dsl/plan.ts';
import { ACTIONS } from '../operators/rule/operator-action.ts';
import { type FedEvent, fedEvents, feedEndUs } from './fed-events.ts';
import type { InputEntry } from '../recorded-input.ts';
import type { FoundRow } from '../runtime/tables/found-rows.ts';
import type { ScenarioMode } from './modes.ts';
import { createRandom } from './random.ts';
import { scenarioEntries } from './scenario-entries.ts';
import { shuffleWithinLateness } from './shuffle.ts';
import { START_US } from './virtual-clock.ts';

/** What happens to the engine, in order of arrival. */
export type ScenarioInput =
  | { readonly kind: 'event'; readonly arrivalUs: number; readonly event: FedEvent }
  | { readonly kind: 'entry'; readonly arrivalUs: number; readonly entry: InputEntry }
  | { readonly kind: 'tick'; readonly arrivalUs: number; readonly stream: string }
  | { readonly kind: 'finish'; readonly arrivalUs: number; readonly stream: string };

/** What tables have before the first event, by table; those that a test feeds have what it feeds. */
export type TableRows = ReadonlyMap<string, readonly FoundRow[]>;

/** The events as a mode has them arrive, entries of recorded inputs among them, then the clock's way to the end, then the sources' ends. */
export function scenarioInput(
  plan: Plan,
  test: TestCase,
  { mode, tables }: { readonly mode: ScenarioMode; readonly tables: TableRows },
): ScenarioInput[] {
  const sources = plan.nodes.filter(node => node.kind === 'source');
  const written = fedEvents(test).filter(event => event.stream !== ACTIONS);
  const events = mode.isShuffled
    ? shuffleWithinLateness({
        events: written,
        sources,
        seed: test.title,
        fixed: watchedStreams(plan),
        doStreamsMeet: plan.nodes.some(node => node.kind === 'merge'),
      })
    : written;
  const entries = scenarioEntries(plan, test, tables).map(
    entry => ({ kind: 'entry', arrivalUs: entry.arrivalUs, entry }) as const,
  );
  const arrivals = [
    ...entries,
    ...events.map(event => ({ kind: 'event', arrivalUs: event.arrivalUs, event }) as const),
  ].sort((a, b) => a.arrivalUs - b.arrivalUs); // stable
  const ends = endsOf({ test, sources, events: written, heldUs: heldByMerges(plan) });
  const streams = sources.map(source => source.id);
  const arriving = [...arrivals, ...ends].sort((a, b) => a.arrivalUs - b.arrivalUs); // stable
  const input: ScenarioInput[] = mode.hasTicks ? withTicks(arriving, streams, test.title) : arriving;
  const endUs = Math.max(START_US, ...ends.map(end => end.arrivalUs));
  return [...input, ...streams.map(stream => ({ kind: 'finish', stream, arrivalUs: endUs }) as const)];
}

function watchedStreams(plan: Plan): ReadonlySet<string> {
  return new Set(plan.nodes.flatMap(node => (node.kind === 'silence' ? [node.input] : [])));
}

/** How long streams that meet may wait for each other, where they stand behind each other. */
function heldByMerges(plan: Plan): number {
  return plan.nodes.reduce((us, node) => {
    return node.kind === 'merge' ? us + Math.max(...node.inputs.map(({ latenessUs }) => latenessUs)) : us;
  }, 0);
}

/**
 * The clock of each source runs on until its silence has let every key reach the end of the feeds and of what is
 * expected: for its delay and for `idle` more, and for as long as streams wait for each other.
 */
function endsOf({
  test,
  sources,
  events,
  heldUs,
}: {
  test: TestCase;
  sources: readonly SourceNode[];
  events: readonly FedEvent[];
  heldUs: number;
}) {
  const endUs = testEndUs(test);
  const ends = sources.map(source => {
    const delays = events.filter(event => event.stream === source.id).map(event => event.arrivalUs - event.timeUs);
    const quietUs = source.idleUs === null ? 0 : Math.max(source.idleUs, source.latenessUs);
    return { kind: 'tick', arrivalUs: endUs + Math.max(0, ...delays) + quietUs + heldUs, stream: source.id } as const;
  });
  return ends.sort((a, b) => a.arrivalUs - b.arrivalUs);
}

/** The end of the feeds, or the latest time that the test names. */
function testEndUs(test: TestCase): number {
  const times = test.steps.map(step => {
    switch (step.kind) {
      case 'feed':
        return feedEndUs(step);
      case 'row':
        return START_US + (step.atUs ?? 0);
      case 'restart':
        return START_US + step.atUs;
      case 'expect':
        return START_US + (step.when?.toUs ?? step.when?.fromUs ?? 0);
    }
  });
  return Math.max(START_US, ...times);
}

/** Between two arrivals, every other time, each source's clock ticks somewhere. */
function withTicks(input: readonly ScenarioInput[], streams: readonly string[], seed: string): ScenarioInput[] {
  const random = createRandom(`${seed}, ticks`);
  let beforeUs = START_US;
  return input.flatMap(next => {
    if (next.arrivalUs === -Infinity) return [next];
    const fromUs = beforeUs;
    beforeUs = next.arrivalUs;
    const ticking = streams.filter(() => random() < 0.5);
    const ticks = ticking.map(stream => {
      const arrivalUs = fromUs + Math.floor(random() * (next.arrivalUs - fromUs + 1));
      return { kind: 'tick', stream, arrivalUs } as const;
    });
    return [...ticks.sort((a, b) => a.arrivalUs - b.arrivalUs), next];
  });
}
