import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findSeries, timeUsOf } from '../../benchmarks/quality/series.ts';
import { createDetector, PERIOD, RESULTS } from '../../engine/anomaly/index.ts';
import { type Noise, noise } from '../oracle/noise.ts';
import { root } from '../repository/tree.ts';

/**
 * `anomaly(…) rarer than 1 per T` where nothing is wrong: how often a rule raises an alert, against how often it says. An alert is raised when the
 * condition becomes true, so an occurrence counts once. The count of alerts in so many readings is Poisson's where all is well: a rate is accepted
 * if some rate from half to twice of what is said gives a count within three standard deviations of what was counted.
 */
const RUNS = Number(process.env['MILLRACE_RUNS'] ?? 100);
const SERIES = Math.max(1, Math.round(RUNS / 10)); // of each kind
const READINGS = 20_000;
const LEARNING = 750; // readings, that are not counted
const STEP_US = 60_000_000;

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
};

describe.each([1e-3, 3e-4])('where nothing is wrong, an alarm of %d of readings comes as often', share => {
  test.each(Object.entries(KINDS))('%s', (_, kind) => {
    let raised = 0;
    for (let seed = 1; seed <= SERIES; seed++) {
      const next = kind(noise(seed));
      raised += alertsOf(
        Array.from({ length: READINGS }, (_, i) => next(i)),
        { share, stepUs: STEP_US },
      ).length;
    }
    expectRate(raised, SERIES * (READINGS - LEARNING) * share);
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
    counts.together += alertsOf(readings, { share, stepUs, first }).length;
    counts.readingsTogether += readings.length - first;
    for (const [place] of sensors.entries()) {
      counts.alone += alertsOf(
        readings.map(values => [values[place]!]),
        { share, stepUs, first },
      ).length;
      counts.readingsAlone += readings.length - first;
    }
  }
  expectRate(counts.alone, counts.readingsAlone * share);
  expectRate(counts.together, counts.readingsTogether * share);
});

/** The readings at which a rule raises an alert. */
function alertsOf(
  readings: readonly (readonly number[])[],
  { share, stepUs, first = LEARNING }: { share: number; stepUs: number; first?: number },
): number[] {
  const { length: fields } = readings[0]!;
  const names = Array.from({ length: fields }, (_, i) => `x${i}`);
  const node = { kind: 'detector', id: 'd', input: 's', detector: 'anomaly', quality: null, outputs: [] } as const;
  const detector = createDetector({ ...node, arguments: names, parameters: [], adaptUs: 200 * stepUs });
  const record = new Float64Array(detector.width);
  const result = new Float64Array(RESULTS);
  const raised: number[] = [];
  let isRare = false;
  for (const [i, values] of readings.entries()) {
    result.fill(Number.NaN);
    detector.take(record, 0, { timeUs: i * stepUs, values: Float64Array.from(values) }, result);
    const wasRare = isRare;
    isRare = result[PERIOD]! > stepUs / share;
    if (isRare && !wasRare && i >= first) raised.push(i);
  }
  return raised;
}

function expectRate(counted: number, said: number): void {
  const text = `${counted} alerts where ${said.toFixed(1)} were said`;
  expect(counted, text).toBeGreaterThanOrEqual(said / 2 - 3 * Math.sqrt(said / 2));
  expect(counted, text).toBeLessThanOrEqual(2 * said + 3 * Math.sqrt(2 * said));
}
