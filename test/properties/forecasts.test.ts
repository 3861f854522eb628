import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FORECASTS, type ForecastFunction } from '../../dsl/catalog/forecasts.ts';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { Engine } from '../../engine/engine.ts';
import type { OracleReading } from '../oracle/detectors.ts';
import * as oracle from '../oracle/forecasts.ts';
import { readingBatch } from '../oracle/reading-batch.ts';
import { runs } from '../oracle/runs.ts';

type Event = {
  readonly key: string;
  readonly timeUs: number;
  readonly x: number | null;
  readonly y: number;
  readonly isGood: boolean;
};
type Oracle = (readings: readonly OracleReading[]) => readonly (number | null)[];

const S = 1_000_000;

const of = (
  bound: keyof oracle.Forecast,
  options: Partial<oracle.ForecastOf> & Pick<oracle.ForecastOf, 'horizonUs' | 'range'>,
) => {
  const all = { probability: 0.95, seasonUs: 0, ...options };
  return (list: readonly OracleReading[]) => oracle.forecast(list, all).map(said => said?.[bound] ?? null);
};
const withLimit = (list: readonly OracleReading[], limit: number) =>
  list.map(({ timeUs, values: [x] }) => ({ timeUs, values: [x!, limit] }));

const ORACLES: Readonly<Record<string, Oracle>> = {
  'forecast(x, 30s)': of('value', { horizonUs: 30 * S, range: { us: 30 * S } }),
  'forecast(x, 30s, 80s)': of('value', { horizonUs: 30 * S, range: { us: 80 * S } }),
  'forecast_low(x, 30s, 80s)': of('low', { horizonUs: 30 * S, range: { us: 80 * S } }),
  'forecast_high(x, 1m, 80%, 64 events)': of('high', {
    horizonUs: 60 * S,
    range: { events: 64 },
    probability: 0.8,
  }),
  'forecast_high(x, 10s, 20 events)': of('high', { horizonUs: 10 * S, range: { events: 20 } }),
  'time_to(x, y, 80s)': list => oracle.timeTo(list, { us: 80 * S }),
  'time_to(x, 40, 100 events)': list => oracle.timeTo(withLimit(list, 40), { events: 100 }),
  'runs_out(x, 80s)': list => oracle.runsOut(withLimit(list, 0), { us: 80 * S }),
  'runs_out(x, 10, 60 events)': list => oracle.runsOut(withLimit(list, 10), { events: 60 }),
};

const SEASONAL: Readonly<Record<string, Oracle>> = {
  'forecast(x, 20s, 40s, season 70s)': of('value', { horizonUs: 20 * S, range: { us: 40 * S }, seasonUs: 70 * S }),
  'forecast_high(x, 90s, season 50s)': of('high', { horizonUs: 90 * S, range: { us: 90 * S }, seasonUs: 50 * S }),
};

/** A few hundred readings about a second apart, that rise or fall and are filled in, with nulls, spikes, pauses, and levels up to 1e12. */
const streams = fc
  .record({
    level: fc.constantFrom(0, 20, -3, 1e6, 1e12),
    slopes: fc.array(fc.constantFrom(0, 0, 0.02, 0.3, -0.02, -0.3), { minLength: 3, maxLength: 3 }),
    scatter: fc.constantFrom(0, 0.1, 1),
    length: fc.integer({ min: 5, max: 400 }),
    filledAt: fc.integer({ min: 0, max: 400 }),
    noises: fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 400, maxLength: 400 }),
    steps: fc.array(fc.constantFrom(0, 500, 1000, 1000, 1000, 1500), { minLength: 400, maxLength: 400 }),
    holes: fc.array(fc.integer({ min: 0, max: 29 }), { minLength: 400, maxLength: 400 }),
    pauseAt: fc.integer({ min: 0, max: 800 }),
  })
  .map(({ level, slopes, scatter, length, filledAt, noises, steps, holes, pauseAt }): Event[] => {
    let timeUs = 0;
    let height = level;
    return noises.slice(0, length).map((noise, i) => {
      timeUs += steps[i]! * 1000 + (i === pauseAt ? 50 * S : 0);
      height += slopes[Math.floor(i / 134)]! + (i === filledAt ? 60 : 0);
      const value = height + (noise * scatter) / 1000 + (holes[i] === 4 ? 200 : 0);
      return {
        key: holes[i]! % 5 === 1 ? 'b' : 'a',
        timeUs,
        x: holes[i] === 0 ? null : value,
        y: level + noises[length - 1 - i]! / 20,
        isGood: holes[i] !== 2,
      };
    });
  });

describe('each forecast says what its definition says of all readings at once, wherever a run is stopped and restored', () => {
  test.each(Object.entries(ORACLES))('%s', (call, definition) => holds(call, definition, 30));

  test.each(Object.entries(SEASONAL))('%s', (call, definition) => holds(call, definition, 6));
});

describe('examples of the catalog', () => {
  const examples = Object.values<ForecastFunction>(FORECASTS).flatMap(entry => entry.examples);
  test.each(examples)('$call of $over', ({ call, over, gives }) => {
    const events = over.map((x, second) => ({ key: 'a', timeUs: second * S, x, y: 0, isGood: true }));
    expect(answersOf(planOf(call), events, []).at(-1)).toBeCloseTo(gives, 9);
  });
});

function holds(call: string, definition: Oracle, count: number): void {
  const plan = planOf(call);
  fc.assert(
    fc.property(streams, fc.array(fc.nat(400), { maxLength: 2 }), (events, stops) => {
      const expected = new Array<number | null>(events.length).fill(null);
      for (const key of ['a', 'b']) {
        const places = events.flatMap((event, i) => (event.key === key && event.x !== null && event.isGood ? [i] : []));
        const said = definition(
          places.map(i => ({ timeUs: events[i]!.timeUs, values: [events[i]!.x!, events[i]!.y] })),
        );
        for (const [at, place] of places.entries()) expected[place] = said[at]!;
      }
      const given = answersOf(plan, events, stops);
      expect(given.map(value => value === null)).toEqual(expected.map(value => value === null));
      const isTime = !call.startsWith('forecast');
      for (const [i, value] of given.entries()) if (value !== null) expectClose(value, expected[i]!, i, isTime);
    }),
    runs(count),
  );
}

/** Times are in whole seconds, below a minute in milliseconds; at 1e12 a slope has few digits. */
function expectClose(value: number, expected: number, place: number, isTime: boolean): void {
  const rounding = isTime ? (expected >= 59 * S ? S : 1000) : 0;
  const digits = isTime ? 1e-3 : 1e-5;
  const isClose = Math.abs(value - expected) <= rounding + digits * Math.max(1, Math.abs(expected));
  expect(isClose, `${value} of reading ${place} is ${expected}`).toBe(true);
}

function planOf(call: string): Plan {
  const text = `stream s from memory "s" { key device: symbol  x: float  y: float  q: quality }
    stream out = from s select ${call} as score, x as given, y as other, q as quality_given`;
  const { plan, diagnostics } = compile({ file: 'forecasts.mill', text });
  expect(diagnostics).toEqual([]);
  return plan!;
}

const NUMBERS = [({ x }: Event) => x, ({ y }: Event) => y];

/** What each event gives. */
function answersOf(plan: Plan, all: readonly Event[], stops: readonly number[]): (number | null)[] {
  const answers: (number | null)[] = [];
  const start = (snapshot?: ReturnType<Engine['snapshot']>) =>
    new Engine(plan, {
      rowStreams: ['out'],
      ...(snapshot === undefined ? {} : { snapshot: structuredClone(snapshot) }),
      onRows: batch => answers.push(...batch.rows.map(({ values }) => values['score'] as number | null)),
    });
  let engine = start();
  let from = 0;
  for (const stop of [...stops.filter(at => at < all.length), all.length].sort((a, b) => a - b)) {
    if (stop > from) engine.push(readingBatch(all.slice(from, stop), NUMBERS, engine.symbols));
    from = stop;
    engine = start(engine.snapshot());
  }
  return answers;
}
