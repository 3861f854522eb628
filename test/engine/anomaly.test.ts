import { describe, expect, test } from 'vitest';
import { Ensemble } from '../../engine/anomaly/ensemble.ts';
import { PERIOD, RESULTS, VALUE } from '../../engine/anomaly/index.ts';
import { REST } from '../../engine/anomaly/recalibration.ts';
import { type Noise, noise } from '../oracle/noise.ts';

const MINUTE = 60_000_000;

type Answer = { readonly value: number; readonly periodUs: number };

function said(values: readonly number[], stepUs = 5 * MINUTE): Answer[] {
  const detector = new Ensemble();
  const record = new Float64Array(detector.width);
  const result = new Float64Array(RESULTS);
  return values.map((value, i) => {
    result.fill(Number.NaN);
    detector.take(record, 0, { timeUs: i * stepUs, values: Float64Array.of(value) }, result);
    return { value: result[VALUE]!, periodUs: result[PERIOD]! };
  });
}

/** How often it happens that a reading is rarer than so, each occurrence counting once. */
function occurrences(answers: readonly Answer[], rarerThan: number): number {
  let count = 0;
  for (let i = 750; i < answers.length; i++) {
    const before = answers.slice(Math.max(0, i - REST), i).map(({ value }) => value);
    if (answers[i]!.value > 1 - rarerThan && answers[i]!.value > Math.max(...before)) count++;
  }
  return count;
}

/** Series in which nothing is wrong. */
const QUIET: Readonly<Record<string, (random: Noise) => (i: number) => number>> = {
  'normal noise':
    ({ gauss }) =>
    () =>
      gauss(),
  'heavy tails':
    ({ gauss }) =>
    () =>
      gauss() / Math.sqrt((gauss() ** 2 + gauss() ** 2 + gauss() ** 2) / 3),
  'a skewed distribution':
    ({ gauss }) =>
    () =>
      Math.exp(gauss()),
  'a daily course':
    ({ gauss }) =>
    i =>
      10 * Math.sin((2 * Math.PI * i) / 288) + gauss(),
  'readings that follow from each other': ({ gauss }) => {
    let level = 0;
    return () => (level = 0.95 * level + gauss());
  },
  'whole numbers':
    ({ uniform }) =>
    () => {
      let events = -1;
      for (let left = 1; left > Math.exp(-4); left *= uniform()) events++;
      return events;
    },
};

describe('where nothing is wrong, readings are called as rare as they are', () => {
  test.each(Object.entries(QUIET))('%s', (_, kind) => {
    let found = 0;
    for (const seed of [1, 2, 3]) {
      const next = kind(noise(seed));
      found += occurrences(said(Array.from({ length: 20_000 }, (_, i) => next(i))), 1e-3);
    }
    const expected = 3 * (20_000 - 750) * 1e-3;
    expect(found / expected).toBeGreaterThan(0.5);
    expect(found / expected).toBeLessThan(2);
  });
});

describe('what is unusual', () => {
  const { gauss } = noise(4);
  const daily = (i: number) => 20 + 8 * Math.sin((2 * Math.PI * i) / 288) + gauss() / 4;
  const quiet = Array.from({ length: 288 * 14 }, (_, i) => daily(i));
  const at = 288 * 13 + 72; // the warmest time of day

  test.each<readonly [string, (value: number, i: number) => number]>([
    ['a spike', (value, i) => (i === at ? value + 25 : value)],
    ['a level that was never there', (value, i) => (i >= at ? value + 25 : value)],
    ['a reading of another time of day', (value, i) => (i === at ? 12 : value)],
    ['noise where there was little', (value, i) => (i >= at ? value + 3 * gauss() : value)],
  ])('%s is rarer than one reading in a thousand', (_, change) => {
    const answers = said(quiet.map(change));
    expect(Math.max(...answers.slice(at, at + 20).map(({ value }) => value))).toBeGreaterThan(0.999);
  });

  test('how long it takes until a reading is as rare goes by the rate of readings', () => {
    const spiked = quiet.map((value, i) => (i === at ? value + 25 : value));
    const [slow, fast] = [said(spiked, 5 * MINUTE)[at]!, said(spiked, MINUTE)[at]!];
    expect((slow.periodUs * (1 - slow.value)) / (5 * MINUTE)).toBeCloseTo(1, 6);
    expect(slow.periodUs).toBeGreaterThan(fast.periodUs);
  });

  test('one spike does not hide the next', () => {
    const answers = said(quiet.map((value, i) => (i === at ? value + 400 : i === at + 100 ? value + 25 : value)));
    for (const i of [at, at + 100]) expect(answers[i]!.value).toBeGreaterThan(0.999);
  });
});
