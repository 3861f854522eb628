import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { Engine } from '../../engine/engine.ts';
import * as oracle from '../oracle/detectors.ts';
import { readingBatch } from '../oracle/reading-batch.ts';
import { runs } from '../oracle/runs.ts';

type Event = {
  readonly key: string;
  readonly timeUs: number;
  readonly x: number | null;
  readonly y: number;
  readonly isGood: boolean;
};
type Oracle = (readings: readonly oracle.OracleReading[]) => readonly (number | null)[];

const S = 1_000_000;

const ORACLES: Readonly<Record<string, Oracle>> = {
  'zscore(x, 80s)': list => oracle.zscore(list, { us: 80 * S }),
  'zscore(x, 64 events)': list => oracle.zscore(list, { events: 64 }),
  'zscore(x, 60s, adapt 20s)': list => oracle.zscore(list, { us: 60 * S }, 20 * S),
  'cusum(x, 80s)': list => oracle.cusum(list, { us: 80 * S }),
  'mad(x, 90s)': list => oracle.mad(list, { us: 90 * S }),
  'mad(x, 40 events)': list => oracle.mad(list, { events: 40 }),
  'iqr(x, 90s)': list => oracle.iqr(list, { us: 90 * S }),
  'ewma_z(x, 60s)': list => oracle.ewmaZ(list, { us: 60 * S }),
  'ewma_z(x, 40 events)': list => oracle.ewmaZ(list, { events: 40 }),
  'page_hinkley(x)': list => oracle.pageHinkley(list),
  'new_range(x)': list => oracle.newRange(list),
  'rate_of_change(x, 20s)': list => oracle.rateOfChange(list, { us: 20 * S }),
  'rate_of_change(x, 10 events)': list => oracle.rateOfChange(list, { events: 10 }),
  'mahalanobis(x, y, 100s)': list => oracle.mahalanobis(list, { us: 100 * S }),
  'discord(x)': list => oracle.discord(list),
  'spectral(x, 0.05 Hz, 0.2 Hz)': list => oracle.spectral(list, 0.05, 0.2),
};

/** A few hundred readings about a second apart, with nulls, faults that last, and levels up to 1e12. */
const streams = fc
  .record({
    level: fc.constantFrom(0, 20, -3, 1e6, 1e12),
    length: fc.integer({ min: 20, max: 400 }),
    faultAt: fc.integer({ min: 0, max: 400 }),
    faultFor: fc.integer({ min: 0, max: 60 }),
    fault: fc.constantFrom(-30, -2, 2, 8, 100),
    noises: fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 400, maxLength: 400 }),
    steps: fc.array(fc.constantFrom(0, 500, 1000, 1000, 1000, 1500), { minLength: 400, maxLength: 400 }),
    holes: fc.array(fc.integer({ min: 0, max: 19 }), { minLength: 400, maxLength: 400 }),
  })
  .map(({ level, length, faultAt, faultFor, fault, noises, steps, holes }): Event[] => {
    let timeUs = 0;
    return noises.slice(0, length).map((noise, i) => {
      timeUs += steps[i]! * 1000;
      const isFault = i >= faultAt && i < faultAt + faultFor;
      const value = level + noise / 500 + (isFault ? fault : 0);
      const x = holes[i] === 0 ? null : value;
      return {
        key: holes[i]! % 5 === 1 ? 'b' : 'a',
        timeUs,
        x,
        y: value / 2 + noises[length - 1 - i]! / 400,
        isGood: holes[i] !== 2,
      };
    });
  });

describe('each detector says what its definition says of all readings at once, wherever a run is stopped and restored', () => {
  test.each(Object.entries(ORACLES))('%s', (call, definition) => {
    const plan = planOf(call);
    fc.assert(
      fc.property(streams, fc.array(fc.nat(400), { maxLength: 2 }), (events, stops) => {
        const expected = new Array<number | null>(events.length).fill(null);
        for (const key of ['a', 'b']) {
          const places = events.flatMap((event, i) =>
            event.key === key && event.x !== null && event.isGood ? [i] : [],
          );
          const readings = places.map(i => ({ timeUs: events[i]!.timeUs, values: [events[i]!.x!, events[i]!.y] }));
          const isOfTwo = call.includes('y');
          const said = definition(
            isOfTwo ? readings : readings.map(({ timeUs, values: [x] }) => ({ timeUs, values: [x!] })),
          );
          for (const [at, place] of places.entries()) expected[place] = said[at]!;
        }
        const given = answersOf(plan, events, stops);
        expect(given.map(value => value === null)).toEqual(expected.map(value => value === null));
        for (const [i, value] of given.entries()) if (value !== null) expectClose(value, expected[i]!, i);
      }),
      runs(30),
    );
  });
});

function expectClose(value: number, expected: number, place: number): void {
  const isClose = Math.abs(value - expected) <= 1e-5 * Math.max(1, Math.abs(expected));
  expect(isClose, `${value} of reading ${place} is ${expected}`).toBe(true);
}

function planOf(call: string): Plan {
  const text = `stream s from memory "s" { key device: symbol  x: float  y: float  q: quality }
    stream out = from s select ${call} as score, x as given, y as other, q as quality_given`;
  const { plan, diagnostics } = compile({ file: 'detectors.mill', text });
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
