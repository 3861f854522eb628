import type { FeedSegment, FieldValues, TestCase, TestStep } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import { createRandom, drawNormal } from './random.ts';
import { START_US } from './virtual-clock.ts';

/** One event of a `feed`. `arrivalUs` is its time and what it is late by. */
export type FedEvent = {
  readonly stream: string;
  readonly timeUs: number;
  readonly arrivalUs: number;
  readonly values: FieldValues; // without a field: it is missing
};

type FeedStep = Extract<TestStep, { kind: 'feed' }>;

/** The events of all feeds in order of arrival; of those that arrive together, in the order of the feeds. */
export function fedEvents(test: TestCase): FedEvent[] {
  const events = test.steps.flatMap(step => (step.kind === 'feed' ? eventsOf(step, test.title) : []));
  return events.sort((a, b) => a.arrivalUs - b.arrivalUs); // stable
}

/** Up to where the feed reaches on the clock of event time. */
export function feedEndUs(step: FeedStep): number {
  return START_US + step.atUs + Math.max(0, ...step.series.map(({ segments }) => totalUs(segments)));
}

function eventsOf(step: FeedStep, title: string): FedEvent[] {
  const { everyUs, series, stream, values } = step;
  if (everyUs === null || series.length === 0) return [eventAt(step, { offsetUs: 0, values, lateUs: 0 })];
  const readers = series.map(({ field, segments }) => {
    const seed = JSON.stringify([title, stream, values, field]);
    return { field, read: createSeries(segments, createRandom(seed)) };
  });
  const events: FedEvent[] = [];
  const endUs = Math.max(...series.map(({ segments }) => totalUs(segments)));
  for (let offsetUs = 0; offsetUs < endUs; offsetUs += everyUs) {
    const points = readers.map(({ field, read }) => ({ field, point: read(offsetUs) }));
    const given = points.filter(({ point }) => point !== null);
    if (given.length === 0) continue;
    const lateUs = Math.max(...given.map(({ point }) => point!.lateUs));
    const read = Object.fromEntries(given.map(({ field, point }) => [field, point!.value]));
    events.push(eventAt(step, { offsetUs, values: { ...values, ...read }, lateUs }));
  }
  return events;
}

function eventAt(step: FeedStep, at: { offsetUs: number; values: FieldValues; lateUs: number }): FedEvent {
  const timeUs = START_US + step.atUs + at.offsetUs;
  return { stream: step.stream, timeUs, arrivalUs: timeUs + step.lateUs + at.lateUs, values: at.values };
}

type Point = { readonly value: Scalar; readonly lateUs: number };

/** The value of a series at growing offsets; null in a gap and behind its end. */
function createSeries(segments: readonly FeedSegment[], random: () => number): (offsetUs: number) => Point | null {
  let startUs = 0;
  let current = 0;
  return offsetUs => {
    while (current < segments.length && offsetUs >= startUs + durationUs(segments[current]!)) {
      startUs += durationUs(segments[current]!);
      current++;
    }
    const segment = segments[current];
    if (segment === undefined || segment.kind === 'gap') return null;
    return { value: valueAt(segment, offsetUs - startUs, random), lateUs: segment.lateUs };
  };
}

function valueAt(segment: Exclude<FeedSegment, { kind: 'gap' }>, sinceUs: number, random: () => number): Scalar {
  switch (segment.kind) {
    case 'constant':
      return segment.value;
    case 'ramp':
      return segment.from + ((segment.to - segment.from) * sinceUs) / segment.overUs;
    case 'noise':
      return segment.mean + segment.deviation * drawNormal(random);
  }
}

function totalUs(segments: readonly FeedSegment[]): number {
  return segments.reduce((sum, segment) => sum + durationUs(segment), 0);
}

function durationUs(segment: FeedSegment): number {
  return segment.kind === 'ramp' ? segment.overUs : segment.forUs;
}
