import { describe, expect, test } from 'vitest';
import { DETECTORS, type JudgeName } from '../../dsl/catalog/detectors.ts';
import { createDetector, RESULTS, VALUE } from '../../engine/anomaly/index.ts';
import {
  definedAnswers,
  detectorAnswers,
  type DetectorEvent,
  detectorPlan,
  expectAsDefined,
} from '../oracle/detector-answers.ts';
import { DEFINITIONS } from '../oracle/detector-definitions.ts';
import { noise } from '../oracle/noise.ts';

const S = 1_000_000;
const HOUR = 3_600 * S;
const YEAR = 365 * 24 * HOUR;
const LENGTH = 420; // readings
const LONG = 760; // where a detector needs 500 to say something

type Change = Partial<Pick<DetectorEvent, 'x' | 'isGood'>> & { readonly laterUs?: number };

/** Readings of one key a second apart: normal noise about 20, unless the trap says otherwise; `laterUs`: than the one before, instead of a second. */
function events(length: number, trap: (i: number, gauss: () => number) => Change): DetectorEvent[] {
  const { gauss } = noise(1);
  let timeUs = 1_750_000_000 * S;
  return Array.from({ length }, (_, i) => {
    const { x = 20 + gauss(), isGood = true, laterUs = S } = trap(i, gauss);
    timeUs += laterUs;
    return { key: 'a', timeUs, x, y: x === null ? 0 : x / 2 + 3 * gauss(), isGood };
  });
}

/** What readings can be. Every detector has to say of them what two passes over all of them say. */
const TRAPS: Readonly<Record<string, (i: number, gauss: () => number) => Change>> = {
  'nothing but noise': () => ({}),
  'the same value': () => ({ x: 0.1 }),
  zeros: () => ({ x: 0 }),
  'the same value, then another one': i => ({ x: i < 300 ? 0.1 : 0.3 }),
  'a level of 1e12 with noise': (_, gauss) => ({ x: 1e12 + gauss() }),
  'a level that has gone from 0 to 4e8 with noise': (i, gauss) => ({ x: i * 1e6 + gauss() }),
  denormals: i => ({ x: (i % 7) * 5e-324 }),
  'noise of 1e-200': (_, gauss) => ({ x: gauss() * 1e-200 }),
  'a spike of 1e12 in noise': i => (i === 200 ? { x: 1e12 } : {}),
  'spikes of ±1e308 in noise': i => (i === 150 || i === 260 ? { x: i === 150 ? 1e308 : -1e308 } : {}),
  '1e308 and -1e308 by turns': i => ({ x: i % 8 < 4 ? 1e308 : -1e308 }),
  'every third reading null, and every seventh not good': i => ({
    ...(i % 3 === 1 ? { x: null } : {}),
    isGood: i % 7 !== 2,
  }),
  'gaps of an hour': i => (i % 100 === 99 ? { laterUs: HOUR } : {}),
  'a clock that jumps by twenty years': i => (i === 210 ? { laterUs: 20 * YEAR } : {}),
  'five readings at each instant': i => ({ laterUs: i % 5 === 0 ? 5 * S : 0 }),
  'all at one instant': () => ({ laterUs: 0 }),
};

describe.each(Object.entries(TRAPS))('%s', (_, trap) => {
  test.each(DEFINITIONS.map(each => [each.call, each] as const))('%s', (call, definition) => {
    const list = events(call.startsWith('half_space') ? LONG : LENGTH, trap);
    const given = detectorAnswers(detectorPlan(call), list, []);
    expectAsDefined(given, definedAnswers(definition, list), definition);
  });

  test.each(['anomaly(x)', 'anomaly(x, y)'])('%s says a probability, or nothing', call => {
    const given = detectorAnswers(detectorPlan(call), events(LONG, trap), []).filter(value => value !== null);
    expect(given.filter(value => !(value >= 0 && value <= 1))).toEqual([]);
  });
});

describe('published values', () => {
  // NIST's Statistical Reference Datasets, univariate: 1,001 readings, mean and standard deviation certified.
  test.each([
    ['NumAcc2', 1, 1.2, 0.1],
    ['NumAcc3', 1e6, 1e6 + 0.2, 0.1],
    ['NumAcc4', 1e7, 1e7 + 0.2, 0.1],
  ])('%s: a reading ten standard deviations above the mean', (_, level, mean, deviation) => {
    const list = events(1_002, i => {
      if (i === 1_001) return { x: mean + 10 * deviation };
      return { x: level + (i === 0 ? 0.2 : i % 2 === 1 ? 0.1 : 0.3) };
    });
    expect(detectorAnswers(detectorPlan('zscore(x, 10000 events)'), list, []).at(-1)).toBeCloseTo(10, 6);
  });

  test('Michelson 1882, the speed of light (NIST, 100 readings): 299.852 ± 0.0790105 thousand km/s', () => {
    const list = events(101, i => ({ x: i === 100 ? 299.8524 + 0.079010547819 : MICHELSON[i]! / 100 + 299 }));
    expect(detectorAnswers(detectorPlan('zscore(x, 1000 events)'), list, []).at(-1)).toBeCloseTo(1, 6);
  });
});

describe('a million equal readings', () => {
  const calls = (Object.keys(DETECTORS) as JudgeName[]).map(name => [name] as const);

  test.each(calls)('%s: none is unusual, and what differs then is', { timeout: 120_000 }, name => {
    const { hasRange, learns, parameters } = DETECTORS[name];
    const isOfSeveral = name === 'mahalanobis' || name === 'mewma';
    const judge = createDetector({
      kind: 'detector',
      id: 'd',
      input: 's',
      detector: name,
      arguments: isOfSeveral ? ['x', 'y'] : ['x'],
      ...(hasRange ? { range: { us: 600 * S } } : {}),
      parameters: name === 'spectral' ? [0.01, 0.2] : parameters.some(each => each.name === 'period') ? [600 * S] : [],
      quality: null,
      outputs: [],
    });
    const record = new Float64Array(judge.width);
    const result = new Float64Array(RESULTS);
    const reading = { timeUs: 0, values: Float64Array.of(0.1, 0.7).subarray(0, isOfSeveral ? 2 : 1) };
    let least = Infinity;
    let most = -Infinity;
    for (let i = 0; i < 1_000_000; i++) {
      result.fill(Number.NaN);
      reading.timeUs = i * S;
      judge.take(record, 0, reading, result);
      const value = result[VALUE]!;
      if (Number.isNaN(value)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    expect(Math.max(...record.map(Math.abs))).toBeLessThan(Infinity);
    if (name === 'flatline') expect(most).toBe(1);
    else expect(Math.max(-least, most)).toBeLessThanOrEqual(USUAL[name] ?? 1e-6);
    if (!learns || name === 'cusum' || name === 'page_hinkley') return; // which add up what lasts
    reading.values[0] = 0.2;
    judge.take(record, 0, reading, result);
    if (name === 'anomaly') expect(result[VALUE]!).toBeGreaterThan(0.99999);
    else expect(Math.abs(result[VALUE]!)).toBeGreaterThan(10);
  });
});

/** What scores in 0..1 are where nothing is unusual. */
const USUAL: Readonly<Partial<Record<JudgeName, number>>> = {
  half_space: 0.5,
  likelihood: 0.5,
  change_point: 0.1,
  anomaly: 0.9,
};

/** Hundredths, above 299; in the order in which they were measured. */
// biome-ignore format: a line a series
const MICHELSON = [
  85, 74, 90, 107, 93, 85, 95, 98, 98, 88, 100, 98, 93, 65, 76, 81, 100, 100, 96, 96,
  96, 94, 96, 94, 88, 80, 85, 88, 90, 84, 83, 79, 81, 88, 88, 83, 80, 79, 76, 80,
  88, 88, 88, 86, 72, 72, 62, 86, 97, 95, 88, 91, 85, 87, 84, 84, 85, 84, 84, 84,
  89, 81, 81, 82, 80, 77, 76, 74, 75, 76, 91, 92, 89, 86, 88, 72, 84, 85, 85, 78,
  89, 84, 78, 81, 76, 81, 79, 81, 82, 85, 87, 87, 81, 74, 81, 94, 95, 80, 81, 87,
];
