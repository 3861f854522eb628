import { describe, expect, test } from 'vitest';
import type { DetectorNode, ForecastName } from '../../dsl/plan.ts';
import { createDetector, VALUE } from '../../engine/anomaly/index.ts';
import { HIGH, LOW } from '../../engine/forecast/forecast.ts';
import { studentQuantiles } from '../../engine/forecast/student-t.ts';
import { NEVER_US, student } from '../oracle/forecasts.ts';
import { type Noise, noise } from '../oracle/noise.ts';

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Options = Pick<DetectorNode, 'range'> & Partial<Pick<DetectorNode, 'parameters'>>;
type Said = { readonly value: number; readonly low: number; readonly high: number };

/** What is said at each of one key's readings, a minute apart if no times are given; NaN is null. */
function said(
  detector: ForecastName,
  values: readonly number[],
  options: Options,
  limit = 0,
  times: readonly number[] = values.map((_, i) => 1_750_000_000_000_000 + i * MINUTE),
): Said[] {
  const node = {
    kind: 'detector',
    id: 'd',
    input: 's',
    detector,
    arguments: ['x', 'limit'],
    quality: null,
    outputs: [],
    parameters: [],
  } as const;
  const detect = createDetector({ ...node, ...options });
  const record = new Float64Array(detect.width);
  const result = new Float64Array(HIGH + 1);
  return values.map((x, i) => {
    result.fill(Number.NaN);
    detect.take(record, 0, { timeUs: times[i]!, values: Float64Array.of(x, limit) }, result);
    return { value: result[VALUE]!, low: result[LOW]!, high: result[HIGH]! };
  });
}

const ahead = { range: { us: 2 * HOUR }, parameters: [HOUR, 0.95, 0] };

/** How many of the readings an hour ahead lie within the interval, over several series of so many readings. */
function coverage(series: (random: Noise) => (i: number) => number, options: Options, length = 1000): number {
  let inside = 0;
  let all = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const next = series(noise(seed));
    const values = Array.from({ length }, (_, i) => next(i));
    for (const [i, { low, high }] of said('forecast', values, options).entries()) {
      const actual = values[i + 60];
      if (Number.isNaN(low) || actual === undefined) continue;
      all++;
      if (low <= actual && actual <= high) inside++;
    }
  }
  expect(all).toBeGreaterThan(5000);
  return inside / all;
}

describe('95 of 100 readings lie within the interval', () => {
  test('a trend with noise', () => {
    const share = coverage(
      ({ gauss }) =>
        i =>
          50 + i / 20 + gauss(),
      ahead,
    );
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(0.99);
  });

  test('a trend with noise that lasts a while, as of a controller', () => {
    const share = coverage(({ gauss }) => {
      let rest = 0;
      return i => 50 + i / 20 + (rest = 0.9 * rest + gauss());
    }, ahead);
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(0.99);
  });

  test('one reading in fifty is a spike, which is outside itself and moves nothing', () => {
    const share = coverage(
      ({ gauss, uniform }) =>
        i =>
          50 + i / 20 + gauss() + (uniform() < 0.02 ? 100 : 0),
      ahead,
    );
    expect(share).toBeGreaterThan(0.91);
    expect(share).toBeLessThan(0.98);
  });

  test('a random walk has no trend that could be gone on with, and says so by a wide interval', () => {
    const share = coverage(({ gauss }) => {
      let x = 0;
      return () => (x += gauss());
    }, ahead);
    expect(share).toBeGreaterThan(0.85);
  });

  test('a season that drifts', () => {
    const series =
      ({ gauss }: Noise) =>
      (i: number) =>
        20 + 5 * Math.sin((2 * Math.PI * i) / 1440) + i / 1000 + gauss() / 2;
    const seasonal = { range: { us: 2 * HOUR }, parameters: [HOUR, 0.95, DAY] };
    const share = coverage(series, seasonal, 6 * 1440);
    expect(share).toBeGreaterThan(0.92);
    expect(share).toBeLessThan(0.99);
  });
});

describe('a season', () => {
  const daily = (i: number) => 20 + 8 * Math.sin((2 * Math.PI * i) / 1440);

  test('is known from the third period on, and leads where the trend alone goes astray', () => {
    const { gauss } = noise(1);
    const values = Array.from({ length: 4 * 1440 }, (_, i) => daily(i) + gauss() / 4);
    const range = { us: 6 * HOUR };
    const errors = (parameters: readonly number[]) =>
      said('forecast', values, { range, parameters })
        .map(({ value }, i) => Math.abs(value - daily(i + 360)))
        .slice(3 * 1440 - 360);
    const seasonal = said('forecast', values, { range, parameters: [6 * HOUR, 0.95, DAY] });
    expect(seasonal.slice(0, 2 * 1440).every(({ value }) => Number.isNaN(value))).toBe(true);
    const mean = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
    const blind = mean(errors([6 * HOUR, 0.95, 0]));
    const seeing = mean(errors([6 * HOUR, 0.95, DAY]));
    expect(seeing).toBeLessThan(1);
    expect(blind).toBeGreaterThan(5 * seeing);
  });
});

describe('time_to', () => {
  const range = { us: HOUR };

  test('is what is left of a straight line, at 1e12 as at 20', () => {
    for (const level of [20, 1e12]) {
      const values = Array.from({ length: 100 }, (_, i) => level + i);
      const times = said('time_to', values, { range }, level + 200).map(({ value }) => value / MINUTE);
      expect(times.slice(0, 8).every(Number.isNaN)).toBe(true);
      expect(times[90]).toBeCloseTo(110, 1);
    }
  });

  test('noise about a constant just below the limit is not on its way there', () => {
    let near = 0;
    let all = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { gauss } = noise(seed);
      const values = Array.from({ length: 2000 }, () => 20 + gauss());
      for (const { value } of said('time_to', values, { range }, 22)) {
        if (Number.isNaN(value)) continue;
        all++;
        if (value < 2 * HOUR) near++;
      }
    }
    expect(near / all).toBeLessThan(0.004);
  });

  test('a constant is for ever', () => {
    const times = said('time_to', new Array<number>(100).fill(20), { range }, 20.1);
    expect(times.at(-1)!.value).toBe(NEVER_US);
  });

  test('a new course is seen within a third of the range, and the time is right then', () => {
    const { gauss } = noise(3);
    const begins = 200;
    const values = Array.from({ length: 260 }, (_, i) => 20 + Math.max(0, i - begins) / 2 + gauss() / 4);
    const times = said('time_to', values, { range }, 60).map(({ value }) => value);
    expect(times.slice(20, begins).every(us => us > 12 * HOUR)).toBe(true);
    const reaches = begins + 80;
    for (const i of [begins + 20, begins + 30, begins + 50]) {
      expect(times[i]! / MINUTE, `reading ${i}`).toBeGreaterThan(0.75 * (reaches - i));
      expect(times[i]! / MINUTE, `reading ${i}`).toBeLessThan(1.4 * (reaches - i));
    }
  });

  test('is 0 once the limit is passed and x goes on, and ten years where it goes away', () => {
    const values = Array.from({ length: 100 }, (_, i) => 20 + i);
    const passed = said('time_to', values, { range }, 90).map(({ value }) => value);
    expect(passed.slice(72, 95)).toEqual(new Array(23).fill(0));
    expect(said('time_to', values, { range }, 10).at(-1)!.value).toBe(NEVER_US);
  });

  test('a step is no trend', () => {
    const { gauss } = noise(4);
    const values = Array.from({ length: 300 }, (_, i) => (i < 150 ? 20 : 40) + gauss());
    const times = said('time_to', values, { range }, 50).map(({ value }) => value);
    expect(times.slice(20).filter(us => us < HOUR).length).toBeLessThan(10);
  });
});

describe('runs_out', () => {
  const range = { us: 2 * HOUR };

  test('knows the use across refills', () => {
    const { gauss } = noise(5);
    const values = Array.from({ length: 600 }, (_, i) => 90 - ((i % 150) * 80) / 150 + gauss() / 5);
    const times = said('runs_out', values, { range }).map(({ value }) => value / MINUTE);
    for (let i = 60; i < 600; i++) {
      if (i % 150 < 2) continue; // a refill is seen with the reading behind it
      const expected = (90 - ((i % 150) * 80) / 150) / (80 / 150);
      expect(times[i]!, `reading ${i}`).toBeGreaterThan(0.85 * expected - 1);
      expect(times[i]!, `reading ${i}`).toBeLessThan(1.2 * expected + 1);
    }
  });

  test('is ten years while it is filled by and by, or stands, and 0 where it is empty', () => {
    const last = (values: readonly number[]) => said('runs_out', values, { range }, 5).at(-1)!.value;
    expect(last(Array.from({ length: 100 }, (_, i) => 20 + i / 2))).toBe(NEVER_US);
    expect(last(new Array<number>(100).fill(20))).toBe(NEVER_US);
    expect(last(Array.from({ length: 100 }, (_, i) => Math.max(0, 60 - i)))).toBe(0);
  });
});

describe('what readings can be', () => {
  const { gauss } = noise(6);
  const every = (us: number, value: (i: number) => number) =>
    Array.from({ length: 1000 }, (_, i) => [1_750_000_000_000_000 + i * us, value(i)] as const);
  const TRAPS = {
    'the same value': every(MINUTE, () => 5),
    zeros: every(MINUTE, () => 0),
    'a level of 1e12 with noise': every(MINUTE, () => 1e12 + gauss()),
    denormals: every(MINUTE, i => (i % 7) * 5e-324),
    'the greatest numbers': every(MINUTE, i => (i % 2 === 0 ? 1e300 : -1e300)),
    'all at one instant': every(0, () => gauss()),
    'a clock that jumps by years': every(MINUTE, () => gauss()).map(
      ([at, x], i) => [at + (i > 500 ? 20 * 365 * DAY : 0) + (i > 700 ? DAY : 0), x] as const,
    ),
    'bursts and pauses': every(MINUTE, () => gauss()).map(
      ([at, x], i) => [at - (i % 100) * 59_000_000 + Math.floor(i / 300) * 5 * HOUR, x] as const,
    ),
  };
  const CALLS = [
    ['forecast', { range: { us: 2 * HOUR }, parameters: [HOUR, 0.9999, 0] }],
    ['forecast', { range: { events: 40 }, parameters: [DAY, 0.95, HOUR] }],
    ['time_to', { range: { us: HOUR } }],
    ['runs_out', { range: { us: HOUR } }],
  ] satisfies [ForecastName, Options][];

  describe.each(Object.entries(TRAPS))('%s', (_, readings) => {
    test.each(CALLS)('%s says numbers or nothing', (name, options) => {
      const all = readings.map(([, x]) => x);
      const times = readings.map(([at]) => at);
      for (const { value, low, high } of said(name, all, options, 3, times)) {
        const numbers = [value, low, high].filter(number => !Number.isNaN(number));
        expect(numbers.every(Number.isFinite)).toBe(true);
        if (numbers.length === 3) expect(low <= value && value <= high).toBe(true);
        if (name !== 'forecast' && !Number.isNaN(value)) expect(value >= 0 && value <= NEVER_US).toBe(true);
      }
    });
  });

  test('a level of 1e12 with noise is not on its way', () => {
    const values = TRAPS['a level of 1e12 with noise'].map(([, x]) => x);
    const near = said('time_to', values, { range: { us: HOUR } }, 1e12 + 20).filter(({ value }) => value < HOUR);
    expect(near.length).toBeLessThan(5);
  });
});

test('after a pause longer than the range nothing is said of what was before it', () => {
  const node = { kind: 'detector', id: 'd', input: 's', arguments: ['x'], quality: null, outputs: [] } as const;
  const detect = createDetector({ ...node, detector: 'forecast', ...ahead });
  const record = new Float64Array(detect.width);
  const result = new Float64Array(HIGH + 1);
  const at = (timeUs: number) => {
    result.fill(Number.NaN);
    detect.take(record, 0, { timeUs, values: Float64Array.of(1) }, result);
    return result[VALUE]!;
  };
  for (let i = 0; i < 100; i++) at(DAY + i * MINUTE);
  expect(at(DAY + 100 * MINUTE)).toBe(1);
  expect(at(DAY + 300 * MINUTE)).toBeNaN();
  expect(at(400 * DAY)).toBeNaN();
});

test.each([0.5, 0.8, 0.95, 0.999])('Student: quantiles of %f are those of the density', probability => {
  const quantiles = studentQuantiles(probability);
  for (const freedom of [1, 2, 3, 5, 6, 10, 29, 30]) {
    const expected = student(probability, freedom);
    expect(Math.abs(quantiles[freedom]! / expected - 1), `${freedom}`).toBeLessThan(1e-4);
  }
});
