import { expect, test } from 'vitest';
import { stallsOf, stallsWithout } from '../../benchmarks/latency/stalls.ts';

/** Pairs of when an event was published and how long its answer took. */
function arrivals(...pairs: readonly (readonly [number, number])[]) {
  return {
    sentMs: Float64Array.from(pairs, ([sent]) => sent),
    tookMs: Float64Array.from(pairs, ([, took]) => took),
  };
}

test('answers that took more than 100 ms are a stall, and those close together are one', () => {
  const stalls = stallsOf(arrivals([0, 5], [1_000, 150], [1_100, 120], [1_550, 101], [3_000, 100], [4_000, 300]));
  expect(stalls).toEqual([
    { fromMs: 1_000, toMs: 1_550, longestMs: 150, answers: 3 },
    { fromMs: 4_000, toMs: 4_000, longestMs: 300, answers: 1 },
  ]);
});

test('answers need not come in the order of their events', () => {
  const stalls = stallsOf(arrivals([4_000, 300], [1_000, 150]));
  expect(stalls.map(({ fromMs }) => fromMs)).toEqual([1_000, 4_000]);
});

test('a stall that another has about that time is not the engine’s own', () => {
  const engine = stallsOf(arrivals([1_000, 150], [9_000, 200]));
  const bare = stallsOf(arrivals([1_400, 110]));
  expect(stallsWithout(engine, bare).map(({ fromMs }) => fromMs)).toEqual([9_000]);
  expect(stallsWithout(engine, [])).toEqual(engine);
});
