import type { FieldValues, Plan, SourceNode, TestCase } from '../../dsl/plan.ts';
import { ACTION_KINDS, ACTIONS, type OperatorAction } from '../operators/rule/operator-action.ts';
import { type FedEvent, fedEvents, feedEndUs } from './fed-events.ts';
import type { ScenarioMode } from './modes.ts';
import { createRandom } from './random.ts';
import { shuffleWithinLateness } from './shuffle.ts';
import { START_US } from './virtual-clock.ts';

/** What happens to the engine, in order of arrival. */
export type ScenarioInput =
  | { readonly kind: 'event'; readonly arrivalUs: number; readonly event: FedEvent }
  | { readonly kind: 'action'; readonly arrivalUs: number; readonly action: OperatorAction }
  | { readonly kind: 'tick'; readonly arrivalUs: number; readonly stream: string }
  | { readonly kind: 'finish'; readonly arrivalUs: number; readonly stream: string };

/** The events as a mode has them arrive, then the clock's way to the end, then the sources' ends. */
export function scenarioInput(plan: Plan, test: TestCase, mode: ScenarioMode): ScenarioInput[] {
  const sources = plan.nodes.filter(node => node.kind === 'source');
  const fed = fedEvents(test);
  const written = fed.filter(event => event.stream !== ACTIONS);
  const actions = fed
    .filter(event => event.stream === ACTIONS)
    .map(({ arrivalUs, values }) => ({ kind: 'action', arrivalUs, action: fedAction(values) }) as const);
  const events = mode.isShuffled ? shuffleWithinLateness({ events: written, sources, seed: test.title }) : written;
  const arrivals = events.map(event => ({ kind: 'event', arrivalUs: event.arrivalUs, event }) as const);
  const ends = endsOf({ test, sources, events: written });
  const streams = sources.map(source => source.id);
  const arriving = [...arrivals, ...actions, ...ends].sort((a, b) => a.arrivalUs - b.arrivalUs); // stable
  const input: ScenarioInput[] = mode.hasTicks ? withTicks(arriving, streams, test.title) : arriving;
  const endUs = Math.max(START_US, ...ends.map(end => end.arrivalUs));
  return [...input, ...streams.map(stream => ({ kind: 'finish', stream, arrivalUs: endUs }) as const)];
}

function fedAction(values: FieldValues): OperatorAction {
  const { action, rule, key, by, comment, duration } = values;
  const kind = ACTION_KINDS.find(known => known === action);
  if (kind === undefined)
    throw new Error(`a test feeds the action ${String(action)}: write ${ACTION_KINDS.join(', ')}`);
  return {
    action: kind,
    rule: String(rule),
    key: key === undefined ? [] : [key],
    alert: null,
    by: String(by ?? 'test'),
    comment: comment === undefined ? null : String(comment),
    durationUs: duration === undefined ? null : Number(duration),
  };
}

/**
 * The clock of each source runs on until its silence has let every key reach the end of the feeds and of what is
 * expected: for its delay and for `idle` more.
 */
function endsOf({
  test,
  sources,
  events,
}: {
  test: TestCase;
  sources: readonly SourceNode[];
  events: readonly FedEvent[];
}) {
  const endUs = testEndUs(test);
  const ends = sources.map(source => {
    const delays = events.filter(event => event.stream === source.id).map(event => event.arrivalUs - event.timeUs);
    const quietUs = source.idleUs === null ? 0 : Math.max(source.idleUs, source.latenessUs);
    return { kind: 'tick', arrivalUs: endUs + Math.max(0, ...delays) + quietUs, stream: source.id } as const;
  });
  return ends.sort((a, b) => a.arrivalUs - b.arrivalUs);
}

/** The end of the feeds, or the latest time that the test names. */
function testEndUs(test: TestCase): number {
  const times = test.steps.map(step => {
    switch (step.kind) {
      case 'feed':
        return feedEndUs(step);
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
