import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findSeries, timeUsOf } from '../../benchmarks/quality/series.ts';
import { createDetector, PERIOD, RESULTS, VALUE } from '../../engine/anomaly/index.ts';
import { type Noise, noise } from '../oracle/noise.ts';
import { root } from '../repository/tree.ts';

/**
 * `anomaly(…) rarer than 1 per T` where nothing is wrong: how often a rule raises an alert, against how often it says. An alert is raised when the
 * condition becomes true, so an occurrence counts once. The count of alerts in so many readings is Poisson's where all is well: a rate is accepted
 * if some rate from half to twice of what is said gives a count within three standard deviations of what was counted.
 *
 * And the value of `anomaly(…)`: of all readings a share of 1 − v is above v. Rare ones come together, so that the further out, the more is allowed.
 */
const RUNS = Number(process.env['MILLRACE_RUNS'] ?? 100);
const SERIES = Math.max(1, Math.round(RUNS / 10)); // of each kind
const READINGS = 20_000;
const LEARNING = 750; // readings, that are not counted
const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;

const SHARES = [1e-3, 3e-4, 1e-4]; // one alarm in so many readings
const KNOWN = 3e-4; // what is rarer than that, is hardly known from so many readings: fewer alarms are no fault
const VALUES = { 0.1: 1.2, 0.25: 1.2, 0.5: 1.2, 0.75: 1.25, 0.9: 1.4, 0.98: 1.8, 0.99: 2, 0.999: 2.5 }; // at most by this factor more, or less

type Kind = (random: Noise) => (i: number) => readonly number[];

const alone =
  (kind: (random: Noise) => (i: number) => number): Kind =>
  random => {
    const next = kind(random);
    return i => [next(i)];
  };

/** One kind of noise that follows from the one before it. */
function following({ gauss }: Noise, share: number): () => number {
  let level = 0;
  return () => (level = share * level + gauss());
}

const studentOf3 = ({ gauss }: Noise) => gauss() / Math.sqrt((gauss() ** 2 + gauss() ** 2 + gauss() ** 2) / 3);

const KINDS: Readonly<Record<string, Kind>> = {
  'normal noise': alone(
    ({ gauss }) =>
      () =>
        gauss(),
  ),
  'heavy tails': alone(random => () => studentOf3(random)),
  'a skewed distribution': alone(
    ({ gauss }) =>
      () =>
        Math.exp(gauss()),
  ),
  'a daily course': alone(
    ({ gauss }) =>
      i =>
        10 * Math.sin((2 * Math.PI * i) / 1_440) + gauss(),
  ),
  'readings that follow from each other': alone(random => following(random, 0.95)),
  'readings that follow from each other, and a daily course': alone(random => {
    const noise = following(random, 0.98);
    return i => noise() + 10 * Math.sin((2 * Math.PI * i) / 1_440);
  }),
  'spells of more noise': alone(({ gauss }) => {
    let variance = 1;
    let value = 0;
    return () => {
      variance = 0.05 + 0.1 * value * value + 0.85 * variance;
      value = Math.sqrt(variance) * gauss();
      return value;
    };
  }),
  'whole numbers': alone(({ uniform }) => () => {
    let events = -1;
    for (let left = 1; left > Math.exp(-4); left *= uniform()) events++;
    return events;
  }),
  'a slow drift': alone(
    ({ gauss }) =>
      i =>
        gauss() + i / 1_000,
  ),
  'two levels': alone(({ gauss, uniform }) => {
    let level = 0;
    return () => {
      if (uniform() < 0.01) level = 20 - level;
      return level + gauss();
    };
  }),
  'several values that do not know each other':
    ({ gauss }) =>
    () => [gauss(), gauss(), gauss(), gauss()],
  'several values of one load, with heavy tails': random => {
    const load = following(random, 0.9);
    return () => {
      const now = load();
      return [now, 2 * now + studentOf3(random) / 4, studentOf3(random) - now];
    };
  },
  'several values on a curve':
    ({ gauss, uniform }) =>
    () => {
      const flow = 20 + 80 * uniform();
      return [flow + gauss(), flow ** 2 / 50 + gauss(), 60 - flow ** 2 / 200 + gauss() / 5];
    },
};

/** How often each thing was in all series of a kind, and in how many readings. */
type Counts = { readonly readings: number; readonly alerts: readonly number[]; readonly above: readonly number[] };

const limits = Object.keys(VALUES).map(Number);
const counted = new Map<string, Counts>();

function countsOf(name: string, kind: Kind, stepUs: number): Counts {
  const known = counted.get(`${name} ${stepUs}`);
  if (known !== undefined) return known;
  const alerts = SHARES.map(() => 0);
  const above = limits.map(() => 0);
  for (let seed = 1; seed <= SERIES; seed++) {
    const next = kind(noise(seed));
    const said = saidOf(
      Array.from({ length: READINGS }, (_, i) => next(i)),
      stepUs,
    );
    for (const [i, share] of SHARES.entries()) alerts[i]! += alertsOf(said, { share, stepUs }).length;
    for (const [i, limit] of limits.entries())
      above[i]! += said.slice(LEARNING).filter(({ value }) => value > limit).length;
  }
  const counts = { readings: SERIES * (READINGS - LEARNING), alerts, above };
  counted.set(`${name} ${stepUs}`, counts);
  return counts;
}

const cases = [
  ...Object.entries(KINDS).map(([name, kind]) => [name, kind, MINUTE_US] as const),
  ['normal noise, a reading an hour', KINDS['normal noise']!, HOUR_US] as const,
];

describe('where nothing is wrong', () => {
  test.each(cases)('alarms come as often as they say: %s', (name, kind, stepUs) => {
    const { readings, alerts } = countsOf(name, kind, stepUs);
    for (const [i, share] of SHARES.entries()) {
      expectAtMost(alerts[i]!, readings * share);
      if (share >= KNOWN) expectAtLeast(alerts[i]!, readings * share);
    }
  });

  test.each(cases)('values are even: %s', (name, kind, stepUs) => {
    const { readings, above } = countsOf(name, kind, stepUs);
    for (const [i, limit] of limits.entries()) {
      const most = VALUES[limit as keyof typeof VALUES]; // as: its own
      const times = above[i]! / readings / (1 - limit);
      expect(times, `above ${limit}, of what is said`).toBeLessThan(most);
      expect(times, `above ${limit}, of what is said`).toBeGreaterThan(1 / most);
    }
  });
});

const skab = join(process.env['MILLRACE_DATA'] ?? join(root, '../shared/data'), 'skab');

test.skipIf(!existsSync(skab))('a test bed of pumps, before anything is wrong: each sensor, and all together', () => {
  const found = findSeries(skab, undefined).skab;
  const share = 3e-3;
  const counts = { alone: 0, together: 0, readingsAlone: 0, readingsTogether: 0 };
  for (const file of found.files) {
    const { header, rows } = found.read(file);
    const sensors = header.flatMap((name, place) =>
      ['datetime', 'anomaly', 'changepoint'].includes(name) ? [] : [place],
    );
    const fault = rows.findIndex(row => Number(row[header.indexOf('anomaly')]) === 1);
    const quiet = rows.slice(0, fault);
    const stepUs = (timeUsOf(quiet.at(-1)![0]!) - timeUsOf(quiet[0]![0]!)) / (quiet.length - 1);
    const first = 300;
    const readings = quiet.map(row => sensors.map(place => Number(row[place])));
    counts.together += alertsOf(saidOf(readings, stepUs), { share, stepUs, first }).length;
    counts.readingsTogether += readings.length - first;
    for (const [place] of sensors.entries()) {
      const said = saidOf(
        readings.map(values => [values[place]!]),
        stepUs,
      );
      counts.alone += alertsOf(said, { share, stepUs, first }).length;
      counts.readingsAlone += readings.length - first;
    }
  }
  expectRate(counts.alone, counts.readingsAlone * share);
  expectRate(counts.together, counts.readingsTogether * share);
});

type Said = { readonly value: number; readonly periodUs: number };

function saidOf(readings: readonly (readonly number[])[], stepUs: number): Said[] {
  const names = readings[0]!.map((_, i) => `x${i}`);
  const node = { kind: 'detector', id: 'd', input: 's', detector: 'anomaly', quality: null, outputs: [] } as const;
  const detector = createDetector({ ...node, arguments: names, parameters: [], adaptUs: 200 * stepUs });
  const record = new Float64Array(detector.width);
  const result = new Float64Array(RESULTS);
  return readings.map((values, i) => {
    result.fill(Number.NaN);
    detector.take(record, 0, { timeUs: i * stepUs, values: Float64Array.from(values) }, result);
    return { value: result[VALUE]!, periodUs: result[PERIOD]! };
  });
}

/** The readings at which a rule raises an alert. */
function alertsOf(
  said: readonly Said[],
  { share, stepUs, first = LEARNING }: { share: number; stepUs: number; first?: number },
): number[] {
  const isRare = said.map(({ periodUs }) => periodUs > stepUs / share);
  return isRare.flatMap((is, i) => (is && !isRare[i - 1] && i >= first ? [i] : []));
}

function expectRate(counted: number, said: number): void {
  expectAtLeast(counted, said);
  expectAtMost(counted, said);
}

function expectAtLeast(counted: number, said: number): void {
  expect(counted, textOf(counted, said)).toBeGreaterThanOrEqual(said / 2 - 3 * Math.sqrt(said / 2));
}

function expectAtMost(counted: number, said: number): void {
  expect(counted, textOf(counted, said)).toBeLessThanOrEqual(2 * said + 3 * Math.sqrt(2 * said));
}

function textOf(counted: number, said: number): string {
  return `${counted} alerts where ${said.toFixed(1)} were said`;
}
