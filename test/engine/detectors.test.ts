import { describe, expect, test } from 'vitest';
import { DETECTORS, type JudgeName } from '../../dsl/catalog/detectors.ts';
import type { DetectorName, DetectorNode } from '../../dsl/plan.ts';
import { createDetector, RESULTS, VALUE } from '../../engine/anomaly/index.ts';
import { changePoints } from '../oracle/change-point.ts';
import { noise } from '../oracle/noise.ts';

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Options = Partial<Pick<DetectorNode, 'range' | 'parameters' | 'adaptUs'>>;
type Reading = readonly [timeUs: number, ...values: number[]];

/** What a detector says of each reading of one key. */
function said(detector: DetectorName, readings: readonly Reading[], options: Options = {}): number[] {
  const fields = readings[0]!.length - 1;
  const names = Array.from({ length: fields }, (_, i) => `x${i}`);
  const node = {
    kind: 'detector',
    id: 'd',
    input: 's',
    detector,
    arguments: names,
    quality: null,
    outputs: [],
  } as const;
  const judge = createDetector({ ...node, parameters: [], ...options });
  const record = new Float64Array(judge.width);
  const result = new Float64Array(RESULTS);
  return readings.map(([timeUs, ...values]) => {
    result.fill(Number.NaN);
    judge.take(record, 0, { timeUs, values: Float64Array.from(values) }, result);
    return result[VALUE]!;
  });
}

/** Readings at equal distances. */
function every(us: number, count: number, value: (i: number) => number): Reading[] {
  return Array.from({ length: count }, (_, i) => [1_750_000_000_000_000 + i * us, value(i)]);
}

const daily = (i: number) => 20 + 8 * Math.sin((2 * Math.PI * i) / 96); // a day of quarters of an hour

describe('seasons', () => {
  test.each(['seasonal', 'holt_winters'] as const)(
    '%s sees what is unusual at its hour though usual at another',
    detector => {
      const { gauss } = noise(1);
      const at = 96 * 12 + 24; // the warmest quarter of the thirteenth day is as cool as midnight
      const scores = said(
        detector,
        every(15 * MINUTE, at + 10, i => (i === at ? 20 : daily(i)) + gauss() / 4),
        { parameters: [DAY] },
      );
      expect(scores[at]).toBeLessThan(-15);
      expect(Math.max(...scores.slice(96 * 3, at).map(Math.abs))).toBeLessThan(7);
    },
  );

  test('seasonal says nothing of a place that it has not seen in an earlier period', () => {
    const scores = said('seasonal', every(15 * MINUTE, 300, daily), { parameters: [DAY] });
    expect(scores.slice(0, 96).every(Number.isNaN)).toBe(true);
    expect(scores.slice(200).some(Number.isNaN)).toBe(false);
  });

  test('holt_winters sees a fault in what drifts, which is too little for seasonal', () => {
    const { gauss } = noise(2);
    const at = 96 * 30;
    const readings = every(15 * MINUTE, at + 1, i => daily(i) + i / 100 + gauss() / 4 - (i === at ? 4 : 0));
    const scores = (['holt_winters', 'seasonal'] as const).map(detector =>
      said(detector, readings, { parameters: [DAY] }),
    );
    const [forecast, usual] = scores.map(
      list => Math.abs(list[at]!) / Math.max(...list.slice(96 * 20, at).map(Math.abs)),
    );
    expect(forecast).toBeGreaterThan(2);
    expect(usual).toBeLessThan(1);
  });
});

describe('flatline', () => {
  test('is true where a sensor hangs for the whole range, and false as soon as it moves', () => {
    const { gauss } = noise(3);
    const scores = said(
      'flatline',
      every(1_000_000, 120, i => (i >= 50 && i < 90 ? 7 : 7 + gauss())),
      { range: { us: 20_000_000 } },
    );
    expect(scores.slice(0, 20).every(Number.isNaN)).toBe(true);
    expect(scores.map((score, i) => (score === 1 ? i : -1)).filter(i => i >= 0)).toEqual(
      Array.from({ length: 20 }, (_, i) => 70 + i),
    );
  });

  test('is not deaf after a glitch, at the start or later', () => {
    const { gauss } = noise(14);
    for (const glitch of [3, 60]) {
      const readings = every(1_000_000, 300, i => (i === glitch ? 65_535 : i >= 200 ? 7 : 7 + gauss() / 10));
      const scores = said('flatline', readings, { range: { us: 20_000_000 } });
      expect(scores.findIndex(score => score === 1)).toBe(220);
    }
  });

  test('takes a flicker in the last digit for standing still, where x otherwise moves much more', () => {
    const { gauss } = noise(4);
    const scores = said(
      'flatline',
      every(1_000_000, 100, i => (i >= 50 ? 7 + (i % 2) * 1e-6 : 7 + gauss())),
      { range: { events: 10 } },
    );
    expect(scores.at(-1)).toBe(1);
  });
});

describe('change_point', () => {
  test('is what the full recursion of Adams & MacKay says, as long as no guess is left out', () => {
    const { gauss } = noise(5);
    const values = Array.from({ length: 60 }, (_, i) => (i < 45 ? 10 : 13) + gauss());
    const scores = said(
      'change_point',
      every(1_000_000, values.length, i => values[i]!),
    );
    expect(scores.slice(0, 30).every(Number.isNaN)).toBe(true);
    for (const [i, expected] of changePoints(values, 30).entries()) expect(scores[30 + i]).toBeCloseTo(expected, 2);
    expect(Math.max(...scores.slice(45, 56))).toBeGreaterThan(0.9);
  });

  test('sees a change of spread as well', () => {
    const { gauss } = noise(6);
    const scores = said(
      'change_point',
      every(1_000_000, 400, i => gauss() * (i < 300 ? 1 : 8)),
    );
    expect(Math.max(...scores.slice(300, 310))).toBeGreaterThan(0.95);
  });
});

describe('half_space', () => {
  test('is high where nobody was, of one field and of several, and the same in each run', () => {
    const { gauss } = noise(7);
    const readings = every(1_000_000, 1500, () => gauss()).map(
      ([at, x], i): Reading => [at, x!, i === 1400 ? 9 : x! + gauss() / 10],
    );
    const scores = said('half_space', readings);
    expect(scores.slice(0, 500).every(Number.isNaN)).toBe(true);
    const usual = scores.slice(500, 1400).toSorted((a, b) => a - b);
    expect(usual[450]).toBeLessThan(0.5);
    expect(scores[1400]).toBeGreaterThan(usual[880]!);
    expect(said('half_space', readings)).toEqual(scores);
  });
});

describe('likelihood', () => {
  test('rises where a score that is often high for a moment is so more often', () => {
    const { uniform } = noise(8);
    const scores = said(
      'likelihood',
      every(1_000_000, 3000, i => (uniform() < (i < 2900 ? 0.1 : 0.7) ? 1 : 0)),
    );
    expect(Math.max(...scores.slice(2910, 2950))).toBeGreaterThan(0.9999);
    const usual = scores.slice(500, 2900).filter(score => score > 0.9999);
    expect(usual.length).toBeLessThan(10);
  });
});

describe('mewma', () => {
  test('sees a small shift that lasts, where single readings say nothing', () => {
    const { gauss } = noise(9);
    const readings = every(1_000_000, 1200, () => 0).map(
      ([at], i): Reading => [at, gauss() + (i < 1000 ? 0 : 0.9), gauss(), gauss()],
    );
    const options = { range: { us: HOUR } };
    const smoothed = said('mewma', readings, options);
    const single = said('mahalanobis', readings, options);
    const usual = (scores: readonly number[]) => Math.max(...scores.slice(300, 1000));
    expect(Math.max(...smoothed.slice(1020, 1060))).toBeGreaterThan(usual(smoothed));
    expect(single.slice(1020, 1060).toSorted((a, b) => a - b)[20]!).toBeLessThan(usual(single));
  });
});

describe('what learns', () => {
  const OF_RANGE = ['zscore', 'mad', 'iqr', 'ewma_z'] as const;

  test.each(OF_RANGE)(
    '%s: one spike does not hide the next, and a fault that lasts does not become normal',
    detector => {
      const { gauss } = noise(10);
      const faulty = (i: number) => i === 900 || i === 903 || i >= 1000;
      const scores = said(
        detector,
        every(1_000_000, 3000, i => gauss() + (faulty(i) ? 12 : 0)),
        { range: { us: 10 * MINUTE } },
      );
      for (const i of [900, 903, 1000, 2999]) expect(scores[i], `reading ${i}`).toBeGreaterThan(3);
    },
  );

  test.each(OF_RANGE)('%s: `adapt` says when it does', detector => {
    const { gauss } = noise(11);
    const options = { range: { us: 10 * MINUTE }, adaptUs: 5 * MINUTE };
    const scores = said(
      detector,
      every(1_000_000, 3000, i => gauss() + (i >= 1000 ? 12 : 0)),
      options,
    );
    expect(scores[1290]).toBeGreaterThan(3);
    expect(Math.abs(scores[2999]!)).toBeLessThan(4);
  });
});

describe('mewma', () => {
  test('that has adapted judges by the new level alone', () => {
    const { gauss } = noise(13);
    const readings = every(1_000_000, 2_000, () => 0).map(([at], i): Reading => {
      const level = i < 1_000 ? 100 : 140;
      return [at, level + gauss(), level + gauss()];
    });
    const adapting = said('mewma', readings, { range: { us: 10 * MINUTE }, adaptUs: 5 * MINUTE });
    const fresh = said('mewma', readings.slice(1_400), { range: { us: 10 * MINUTE } });
    expect(adapting[1_250]).toBeGreaterThan(20);
    const late = (scores: readonly number[]) => Math.max(...scores.slice(-300));
    expect(late(adapting)).toBeGreaterThan(late(fresh) / 2); // of its own noise, and of no way from the old level
    expect(late(adapting)).toBeLessThan(late(fresh) * 2);
  });
});

describe('what readings can be', () => {
  const { gauss } = noise(12);
  const TRAPS: Readonly<Record<string, readonly Reading[]>> = {
    'the same value': every(1_000_000, 2000, () => 5),
    zeros: every(1_000_000, 2000, () => 0),
    'a level of 1e12 with noise': every(1_000_000, 2000, () => 1e12 + gauss()),
    denormals: every(1_000_000, 2000, i => (i % 7) * 5e-324),
    'the greatest numbers': every(1_000_000, 2000, i => (i % 2 === 0 ? 1e300 : -1e300)),
    'all at one instant': every(0, 2000, () => gauss()),
    'gaps, and a clock that jumps by years': every(1_000_000, 2000, () => gauss()).map(
      ([at, x], i): Reading => [at + (i > 1000 ? 20 * 365 * DAY : 0) + (i > 1500 ? DAY : 0), x!],
    ),
  };
  const CALLS: readonly (readonly [JudgeName, Options])[] = (Object.keys(DETECTORS) as JudgeName[]).map(name => {
    if (name === 'seasonal' || name === 'holt_winters') return [name, { parameters: [10 * MINUTE] }];
    if (name === 'spectral') return [name, { parameters: [0.01, 0.2] }];
    return [name, DETECTORS[name].hasRange ? { range: { us: 10 * MINUTE } } : {}];
  });

  describe.each(Object.entries(TRAPS))('%s', (_, readings) => {
    test.each(CALLS)('%s says a number or nothing', (name, options) => {
      const isOfSeveral = DETECTORS[name].parameters.some(({ isRepeated }) => isRepeated) && name !== 'half_space';
      const given = isOfSeveral ? readings.map(([at, x]): Reading => [at, x!, x! / 2]) : readings;
      const scores = said(name, given, options);
      expect(scores.filter(score => !Number.isNaN(score) && !Number.isFinite(score))).toEqual([]);
    });
  });

  test.each(CALLS.filter(([name]) => DETECTORS[name].learns && !['page_hinkley', 'cusum', 'anomaly'].includes(name)))(
    '%s: the first reading that differs from a thousand equal ones is unusual',
    (name, options) => {
      const isOfSeveral = name === 'mahalanobis' || name === 'mewma';
      const readings = every(1_000_000, 1501, i => (i === 1500 ? 6 : 5)).map(
        ([at, x]): Reading => (isOfSeveral ? [at, x!, 1] : [at, x!]),
      );
      expect(Math.abs(said(name, readings, options).at(-1)!)).toBeGreaterThan(10);
    },
  );
});
