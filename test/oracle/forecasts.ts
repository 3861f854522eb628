import type { OracleReading } from './detectors.ts';

/** Forecasts as their definitions read: from all readings at once, with no state of their own. */

type Range = { readonly us: number } | { readonly events: number };
type Point = { readonly timeUs: number; readonly x: number };
type Steps = readonly (Point & { readonly isFilled: boolean })[];

const DAY_US = 86_400_000_000;
export const NEVER_US = 3650 * DAY_US;

export type Forecast = { readonly value: number; readonly low: number; readonly high: number };

export function forecast(
  readings: readonly OracleReading[],
  { horizonUs, range, probability, seasonUs }: ForecastOf,
): (Forecast | null)[] {
  const settled = settledOf(readings);
  const season = seasonUs === 0 ? () => 0 : seasonOf(settled, seasonUs);
  const taken = settled.flatMap(({ timeUs, x }, i) => {
    const usual = season(i, timeUs);
    return usual === null ? [] : [{ timeUs, x: x - usual, at: i }];
  });
  return readings.map(({ timeUs }, i) => {
    const learnt = taken.filter(({ at }) => at < i);
    const line = lineBefore(learnt, nextOf(readings, i, learnt.length), range);
    const atUs = timeUs + horizonUs;
    const usual = i === 0 ? null : season(i, atUs);
    if (line === null || usual === null) return null;
    const value = line.at(atUs) + usual;
    const ofLine = line.ofMiddle + (atUs - line.middleUs) ** 2 * line.ofSlope;
    const deviation = student(probability, line.freedom) * Math.sqrt(ofLine + line.noise);
    return { value, low: value - deviation, high: value + deviation };
  });
}

export type ForecastOf = {
  readonly horizonUs: number;
  readonly range: Range;
  readonly probability: number;
  readonly seasonUs: number; // 0: none
};

/** The second value of a reading is the limit. */
export function timeTo(readings: readonly OracleReading[], range: Range): (number | null)[] {
  const settled = settledOf(readings);
  let way = 0;
  return readings.map(({ timeUs, values: [, limit] }, i) => {
    const line = lineBefore(settled.slice(0, i), nextOf(readings, i, i), range);
    if (line === null) return null;
    way = wayOf(line, way);
    if (way === 0) return NEVER_US;
    const us = (limit! - line.at(timeUs)) / line.slope;
    if (us < 0) return timeUs + us >= line.beganUs ? 0 : NEVER_US;
    return Math.min(us, NEVER_US);
  });
}

/** The second value of a reading is the empty level. */
export function runsOut(readings: readonly OracleReading[], range: Range): (number | null)[] {
  const settled = settledOf(readings);
  let filled = 0;
  const rest: (Point & { readonly filled: number })[] = [];
  for (const [i, { timeUs, x, isFilled }] of settled.entries()) {
    if (isFilled) {
      const before = settled[i - 1]!;
      const line = lineBefore(rest, nextOf(readings, i, i), range);
      filled += x - before.x + Math.max(0, -(line?.slope ?? 0) * (timeUs - before.timeUs));
    }
    rest.push({ timeUs, x: x - filled, filled });
  }
  let way = 0;
  return readings.map(({ timeUs, values: [, empty] }, i) => {
    const line = lineBefore(rest.slice(0, i), nextOf(readings, i, i), range);
    if (line === null) return null;
    way = wayOf(line, way);
    const left = line.at(timeUs) + rest[i - 1]!.filled - empty!;
    if (left <= 0) return 0;
    return way === -1 ? Math.min(left / -line.slope, NEVER_US) : NEVER_US;
  });
}

/** All but the newest reading: without spikes, and whether it is a rise that is more than noise. */
function settledOf(readings: readonly OracleReading[]): Steps {
  const settled: { timeUs: number; x: number; isFilled: boolean }[] = [];
  let usual = 0;
  let changes = 0;
  for (let i = 0; i + 1 < readings.length; i++) {
    const raw = readings[i]!.values[0]!;
    const next = readings[i + 1]!.values[0]!;
    const last = settled.at(-1)?.x ?? raw;
    const far = changes < 8 ? 0 : 8 * usual;
    const isFar = Math.abs(raw - last) > far && Math.abs(raw - next) > far;
    const middle = [last, raw, next].sort((a, b) => a - b)[1]!;
    const x = isFar ? middle : raw;
    const change = Math.abs(x - last);
    settled.push({ timeUs: readings[i]!.timeUs, x, isFilled: far > 0 && x - last > far });
    if (change === 0) continue;
    changes++;
    usual += Math.max(0.01, 1 / changes) * ((changes <= 8 ? change : Math.min(change, 4 * usual)) - usual);
  }
  return settled;
}

type Next = { readonly timeUs: number; readonly number: number };

function nextOf(readings: readonly OracleReading[], i: number, number: number): Next {
  return { timeUs: readings[i]!.timeUs, number };
}

type Line = {
  readonly at: (timeUs: number) => number;
  readonly slope: number;
  readonly beganUs: number;
  readonly middleUs: number;
  readonly ofMiddle: number;
  readonly ofSlope: number;
  readonly noise: number;
  readonly freedom: number;
};

/** As it was drawn when a part of the range was complete last. */
function lineBefore(points: readonly Point[], next: Next, range: Range): Line | null {
  const size = 'us' in range ? range.us / 32 : Math.max(1, range.events / 32);
  const partOf = ({ timeUs, number }: Next) => Math.floor(('us' in range ? timeUs : number) / size);
  const numbered = points.map(({ timeUs, x }, number) => ({ x, timeUs, part: partOf({ timeUs, number }) }));
  let upTo = numbered.length;
  let nextPart = partOf(next);
  while (upTo > 0 && numbered[upTo - 1]!.part === nextPart) {
    upTo--;
    nextPart = numbered[upTo]!.part;
  }
  const parts = new Map<number, Point[]>();
  for (const { part, ...point } of numbered.slice(0, upTo)) {
    if (part >= nextPart - 32) parts.set(part, [...(parts.get(part) ?? []), point]);
  }
  return parts.size < 8 ? null : lineThrough([...parts.values()]);
}

function lineThrough(parts: readonly (readonly Point[])[]): Line {
  const newest = [16, 8].find(newer => parts.length >= 2 * newer && isMissed(parts, newer));
  const course = newest === undefined ? parts : parts.slice(-newest);
  const { middleUs, value, slope, residuals, squares, spread } = fit(course);
  const count = course.length;
  const all = squares + count * least(value);
  const independent = independentOf(count, alike(residuals) / all);
  const variance = all / (independent - 2);
  const within = course.map(part => {
    const mean = meansOf(part);
    return part.map(({ timeUs, x }) => x - mean.x - slope * (timeUs - mean.timeUs));
  });
  const inside = within.flat();
  return {
    at: timeUs => value + slope * (timeUs - middleUs),
    slope,
    beganUs: meansOf(course[0]!).timeUs,
    middleUs,
    ofMiddle: variance / count,
    ofSlope: spread === 0 ? 0 : variance / spread,
    noise: all / (count - 2) + inside.reduce((sum, each) => sum + each * each, 0) / inside.length,
    freedom: Math.min(30, Math.floor(independent - 1.99)),
  };
}

/** Whether the line of all is not that of the newest. */
function isMissed(parts: readonly (readonly Point[])[], newer: number): boolean {
  const all = fit(parts);
  const own = fit(parts.slice(-newer));
  const missed = parts
    .slice(-newer)
    .map(meansOf)
    .reduce((sum, { timeUs, x }) => sum + (x - all.value - all.slope * (timeUs - all.middleUs)) ** 2, 0);
  const squares = own.squares + newer * least(own.value);
  return missed > squares * 0.001 ** (-2 / (independentOf(newer, alike(own.residuals) / squares) - 2));
}

function alike(residuals: readonly number[]): number {
  return residuals.slice(1).reduce((sum, each, i) => sum + each * residuals[i]!, 0);
}

function independentOf(count: number, left: number): number {
  const likeness = (count * left + 2) / (count - 4);
  if (likeness >= 1) return 4;
  return likeness <= 0 ? count : Math.max(4, (count * (1 - likeness)) / (1 + likeness));
}

const least = (level: number) => (level * 1e-14) ** 2 + 1e-300;

function meansOf(part: readonly Point[]): Point {
  const [first] = part;
  const mean = (of: (point: Point) => number) =>
    of(first!) + part.reduce((sum, point) => sum + (of(point) - of(first!)), 0) / part.length;
  return { timeUs: mean(({ timeUs }) => timeUs), x: mean(({ x }) => x) };
}

function fit(parts: readonly (readonly Point[])[]) {
  const points = parts.map(meansOf);
  const { timeUs: middleUs, x: value } = meansOf(points);
  const spread = points.reduce((sum, { timeUs }) => sum + (timeUs - middleUs) ** 2, 0);
  const both = points.reduce((sum, { timeUs, x }) => sum + (timeUs - middleUs) * (x - value), 0);
  const slope = spread === 0 ? 0 : both / spread;
  const residuals = points.map(({ timeUs, x }) => x - value - slope * (timeUs - middleUs));
  return { middleUs, value, slope, spread, residuals, squares: residuals.reduce((sum, each) => sum + each * each, 0) };
}

/** Up, down or nowhere, by what was said before. */
function wayOf({ slope, ofSlope, freedom }: Line, before: number): number {
  const probability = before === Math.sign(slope) ? 0.95 : 0.999;
  return Math.abs(slope) > student(probability, freedom) * Math.sqrt(ofSlope) ? Math.sign(slope) : 0;
}

/** How far a place usually lies from the mean of the period that ends with it, as known when reading `number` is there; null: not known. */
function seasonOf(settled: Steps, periodUs: number): (number: number, timeUs: number) => number | null {
  const places = Math.min(336, Math.max(96, Math.round(periodUs / 900e6)));
  const placeOf = (timeUs: number) => Math.floor(timeUs / (periodUs / places));
  const near = Math.floor(places / 24);
  return (number, timeUs) => {
    const seen = settled.slice(0, number);
    const visited = new Map<number, number[]>();
    for (const { timeUs: at, x } of seen) visited.set(placeOf(at), [...(visited.get(placeOf(at)) ?? []), x]);
    const open = [...visited.keys()].at(-1);
    const complete = [...visited]
      .slice(0, -1)
      .map(([place, xs]) => ({ place, mean: xs.reduce((a, b) => a + b, 0) / xs.length }));
    const [first] = complete;
    if (first === undefined || open! - first.place < 2 * places - near) return null;
    const levels = new Map<number, { level: number; visits: number }>();
    for (const { place, mean } of complete) {
      if (place - first.place < places - 1) continue;
      const period = complete.filter(other => other.place > place - places && other.place <= place);
      if (period.length < 8) continue;
      const around = period.reduce((sum, other) => sum + other.mean, 0) / period.length;
      const known = levels.get(place % places) ?? { level: 0, visits: 0 };
      const share = Math.max(0.25, 1 / (known.visits + 1));
      levels.set(place % places, {
        level: known.level + share * (mean - around - known.level),
        visits: known.visits + 1,
      });
    }
    for (let distance = 0; distance <= near; distance++) {
      for (const place of [placeOf(timeUs) - distance, placeOf(timeUs) + distance]) {
        const known = levels.get(place % places);
        if (known !== undefined) return known.level;
      }
    }
    return null;
  };
}

const quantiles = new Map<string, number>();

/** How far from 0 Student's t lies at most with this probability: the density, added up. */
export function student(probability: number, freedom: number): number {
  const id = `${probability} ${freedom}`;
  const known = quantiles.get(id);
  if (known !== undefined) return known;
  // By u = t / sqrt(freedom + t²), whose density (1 - u²)^(freedom/2 - 1) ends at 1; by its angle it has no pole.
  const steps = 20_000;
  const density = Array.from({ length: steps }, (_, i) => Math.cos(((i + 0.5) * Math.PI) / 2 / steps) ** (freedom - 1));
  const all = density.reduce((sum, each) => sum + each, 0);
  let sum = 0;
  let place = 0;
  while (sum + density[place]! < probability * all) sum += density[place++]!;
  const angle = ((place + (probability * all - sum) / density[place]!) * Math.PI) / 2 / steps;
  const result = Math.tan(angle) * Math.sqrt(freedom);
  quantiles.set(id, result);
  return result;
}
