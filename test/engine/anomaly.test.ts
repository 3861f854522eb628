import { describe, expect, test } from 'vitest';
import type { Detector } from '../../engine/anomaly/index.ts';
import { ARGUMENT, createDetector, PERIOD, RESULTS, VALUE } from '../../engine/anomaly/index.ts';
import { REST } from '../../engine/anomaly/recalibration.ts';
import { type Noise, noise } from '../oracle/noise.ts';

const MINUTE = 60_000_000;

type Answer = { readonly value: number; readonly periodUs: number; readonly argument: number };

function said(values: readonly number[], stepUs = 5 * MINUTE): Answer[] {
  return saidTogether(
    values.map(value => [value]),
    stepUs,
  );
}

/** Of readings of several fields. */
function saidTogether(readings: readonly (readonly number[])[], stepUs = 5 * MINUTE): Answer[] {
  const detector = anomalyOf(readings[0]!.length);
  const record = new Float64Array(detector.width);
  const result = new Float64Array(RESULTS);
  return readings.map((values, i) => {
    result.fill(Number.NaN);
    detector.take(record, 0, { timeUs: i * stepUs, values: Float64Array.from(values) }, result);
    return { value: result[VALUE]!, periodUs: result[PERIOD]!, argument: result[ARGUMENT]! };
  });
}

function anomalyOf(fields: number): Detector {
  const names = Array.from({ length: fields }, (_, i) => `x${i}`);
  const node = { kind: 'detector', id: 'd', input: 's', detector: 'anomaly', quality: null, outputs: [] } as const;
  return createDetector({ ...node, arguments: names, parameters: [] });
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

describe('several values', () => {
  const { gauss } = noise(5);
  const at = 1_500;
  /** Load, and two that follow it. */
  const readings = Array.from({ length: 2_500 }, (_, i) => {
    const load = 50 + 20 * Math.sin(i / 40) + gauss();
    return [load, 0.5 * load + gauss() / 2, 3 - load / 50 + gauss() / 20];
  });

  test('say nothing before there are 300, and little is rare among usual ones', () => {
    const answers = saidTogether(readings);
    expect(answers.slice(0, 300).every(({ value }) => Number.isNaN(value))).toBe(true);
    expect(answers.slice(300).filter(({ value }) => value > 0.999).length).toBeLessThan(20);
  });

  test('that do not go together are rare as long as they do not, though each is where it often is', () => {
    const answers = saidTogether(readings.map(([load, flow, heat], i) => [load!, i >= at ? 50 - flow! : flow!, heat!]));
    const rare = answers.slice(at + 60).filter(({ value }) => value > 0.999);
    expect(rare.length / (readings.length - at - 60)).toBeGreaterThan(0.5);
    const named = rare.filter(({ argument }) => argument === 1);
    expect(named.length / rare.length).toBeGreaterThan(0.8);
  });
});
