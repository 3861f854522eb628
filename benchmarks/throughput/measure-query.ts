import type { GoldenStream } from '../golden-stream.ts';
import { type Spread, spreadOf } from '../spread.ts';
import { checkOutputs, enginePass, handPass, planOf } from './passes.ts';
import type { Query } from './query.ts';

const WARM_UP_PASSES = 3;

export type MeasuredQuery = {
  readonly name: string;
  readonly title: string;
  readonly events: number;
  readonly outputs: number;
  readonly eventsPerSecond: Spread;
  readonly handEventsPerSecond: Spread;
  /** Of passes side by side. */
  readonly ratio: Spread;
};

/** Passes of the rules and of the loop by hand in turn, after three of each to warm up; their outputs are the same. */
export function measureQuery(query: Query, events: GoldenStream, passes: number): MeasuredQuery {
  const plan = planOf(query);
  const expected = checkOutputs(plan, query, events);
  const engineSeconds: number[] = [];
  const handSeconds: number[] = [];
  for (let pass = 0; pass < WARM_UP_PASSES + passes; pass++) {
    handSeconds.push(handPass(query, events, expected));
    engineSeconds.push(enginePass(plan, query, events, expected));
  }
  const rates = (seconds: readonly number[]) => spreadOf(seconds.slice(WARM_UP_PASSES).map(s => events.events / s));
  return {
    name: query.name,
    title: query.title,
    events: events.events,
    outputs: expected.count,
    eventsPerSecond: rates(engineSeconds),
    handEventsPerSecond: rates(handSeconds),
    ratio: spreadOf(engineSeconds.map((seconds, i) => handSeconds[i]! / seconds).slice(WARM_UP_PASSES)),
  };
}

export function show(measured: MeasuredQuery): MeasuredQuery {
  const { name, eventsPerSecond, handEventsPerSecond, ratio, outputs } = measured;
  const rates = [eventsPerSecond, handEventsPerSecond].map(rate => inMillions(rate.median).padStart(11)).join('');
  const ratios = `${ratio.median.toFixed(3).padStart(11)}  (${ratio.least.toFixed(3)} … ${ratio.greatest.toFixed(3)})`;
  console.log(`${name.padEnd(26)}${rates}${ratios}${String(outputs).padStart(11)}`);
  return measured;
}

export function inMillions(rate: number): string {
  return `${(rate / 1e6).toPrecision(3)} M`;
}
