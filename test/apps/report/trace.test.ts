import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Interval, Trace } from '../../../apps/report/trace.ts';
import { runs } from '../../oracle/runs.ts';

type Row = { readonly timeUs: number; readonly values: readonly number[] };

const values = fc.oneof(
  { arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }), weight: 4 },
  fc.constant(NaN),
);
const rows = fc
  .array(fc.record({ gapUs: fc.nat({ max: 1_000 }), values: fc.tuple(values, values) }), { maxLength: 400 })
  .map(steps => {
    let timeUs = 1_700_000_000_000_000;
    return steps.map(step => ({ timeUs: (timeUs += step.gapUs), values: step.values }));
  });

function traceOf(all: readonly Row[], { most, moments = [] }: { most: number; moments?: readonly number[] }): Trace {
  const trace = new Trace(2, most);
  for (const moment of moments) trace.keepAround(moment);
  for (const { timeUs, values: own } of all) trace.add(timeUs, field => own[field]!);
  return trace;
}

function intervalsOf(trace: Trace): Interval[] {
  return Array.from({ length: trace.length }, (_, at) => trace.interval(at));
}

/** What an interval of these rows has to say, looked up in all of them. */
function oracle(all: readonly Row[]): Interval {
  return {
    firstUs: all[0]!.timeUs,
    lastUs: all.at(-1)!.timeUs,
    rows: all.length,
    fields: [0, 1].map(field => {
      const own = all.map(row => row.values[field]!).filter(value => !Number.isNaN(value));
      const least = own.length === 0 ? NaN : Math.min(...own);
      const greatest = own.length === 0 ? NaN : Math.max(...own);
      const isLeastFirst = own.findIndex(value => value === least) <= own.findIndex(value => value === greatest);
      return { least, greatest, isLeastFirst };
    }),
  };
}

describe('a trace', () => {
  test('has each row by itself as long as there is room', () => {
    const all = Array.from({ length: 64 }, (_, at) => ({ timeUs: at * 10, values: [at, -at] }));
    expect(intervalsOf(traceOf(all, { most: 64 }))).toEqual(all.map(row => oracle([row])));
  });

  test('keeps the least and the greatest value of every interval, and loses no row', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(16, 64, 128), (all, most) => {
        const intervals = intervalsOf(traceOf(all, { most }));
        expect(intervals.length).toBeLessThanOrEqual(most);
        let from = 0;
        for (const interval of intervals) {
          expect(interval).toEqual(oracle(all.slice(from, from + interval.rows)));
          from += interval.rows;
        }
        expect(from).toBe(all.length);
      }),
      runs(200),
    );
  });

  test('does so around moments and behind a stricter limit, too', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat({ max: 400 }), { maxLength: 6 }), (all, places) => {
        const moments = places.flatMap(place => all[place]?.timeUs ?? []);
        const trace = traceOf(all, { most: 128, moments });
        trace.limit(32);
        const intervals = intervalsOf(trace);
        expect(intervals.length).toBeLessThanOrEqual(32);
        let from = 0;
        for (const interval of intervals) {
          expect(interval).toEqual(oracle(all.slice(from, from + interval.rows)));
          from += interval.rows;
        }
        expect(from).toBe(all.length);
      }),
      runs(100),
    );
  });

  test('has every row around a moment, however long it becomes', () => {
    const all = Array.from({ length: 100_000 }, (_, at) => ({ timeUs: at * 1_000_000, values: [Math.sin(at), at] }));
    const trace = new Trace(2, 1024);
    all.forEach(({ timeUs, values: own }, at) => {
      if (at === 50_020) trace.keepAround(50_000 * 1_000_000); // heard of a little later
      trace.add(timeUs, field => own[field]!);
    });
    const near = intervalsOf(trace).filter(
      ({ firstUs, lastUs }) => lastUs >= 49_920 * 1_000_000 && firstUs <= 50_040 * 1_000_000,
    );
    expect(near.map(({ rows: count }) => count)).toEqual(near.map(() => 1));
    expect(near.length).toBe(121);
  });

  test('becomes no thinner than it has to', () => {
    const trace = new Trace(1, 256);
    for (let at = 0; at < 50_000; at++) trace.add(at * 1_000_000, () => at);
    const longest = Math.max(...intervalsOf(trace).map(({ rows: count }) => count));
    expect(longest).toBeLessThanOrEqual((4 * 50_000) / 128);
  });

  test('counts a row that goes back in time to the newest interval', () => {
    const trace = traceOf(
      [
        { timeUs: 10, values: [1, 1] },
        { timeUs: 20, values: [2, 2] },
        { timeUs: 15, values: [9, NaN] },
      ],
      { most: 16 },
    );
    expect(intervalsOf(trace).map(({ firstUs, lastUs, rows: count }) => [firstUs, lastUs, count])).toEqual([
      [10, 10, 1],
      [20, 20, 2],
    ]);
    expect(trace.interval(1).fields[0]).toEqual({ least: 2, greatest: 9, isLeastFirst: true });
  });

  test('takes no more room than it says, whatever comes', () => {
    const trace = new Trace(3, 256);
    for (let at = 0; at < 20_000; at++) trace.add(at, () => at);
    expect(trace.cells).toBe(256 * 9);
  });
});
