import { guarded, type Judge, type Learnt, least, meanOf, type OracleReading } from './detectors.ts';

/** Readings of one place of a period, that follow each other. */
type Visit = { readonly bin: number; readonly mean: number };

/** Of places that have been left; that of the newest reading has not. */
function visitsOf(learnt: readonly Learnt[], binUs: number): { readonly left: Visit[]; readonly newest: number } {
  const runs: { bin: number; values: number[] }[] = [];
  for (const { timeUs, values } of learnt) {
    const bin = Math.floor(timeUs / binUs);
    if (runs.at(-1)?.bin !== bin) runs.push({ bin, values: [] });
    runs.at(-1)!.values.push(values[0]!);
  }
  const left = runs.slice(0, -1).map(({ bin, values }) => ({ bin, mean: meanOf(values) }));
  return { left, newest: runs.at(-1)?.bin ?? 0 };
}

/** How far readings usually are from what is expected; one counts for four times that at most, once `isWarm`. */
class Distances {
  mean = 0;
  count = 0;

  /** The standard deviation so far, and the distance is one more. */
  add(distance: number, level: number, isWarm: boolean): number {
    const scale = least(this.mean * 1.2533, level);
    const counted = isWarm ? Math.min(Math.abs(distance), 4 * scale) : Math.abs(distance);
    this.count++;
    this.mean += Math.max(0.005, 1 / this.count) * (counted - this.mean);
    return scale;
  }
}

export function seasonal(readings: readonly OracleReading[], periodUs: number): (number | null)[] {
  const binUs = periodUs / 96;
  const distances = new Distances();
  const judge: Judge = ({ timeUs, values: [x] }, learnt) => {
    const place = Math.floor(timeUs / binUs) % 96;
    const means = visitsOf(learnt, binUs).left.flatMap(({ bin, mean }) => (bin % 96 === place ? [mean] : []));
    if (means.length === 0) return null;
    const usual = means.reduce((level, mean, i) => level + Math.max(0.25, 1 / (i + 1)) * (mean - level), 0);
    const isWarm = distances.count >= 96;
    const value = (x! - usual) / distances.add(x! - usual, usual, isWarm);
    return isWarm ? { value, isNormal: Math.abs(value) <= 6 } : null;
  };
  return guarded(readings, judge, { learning: { us: 2 * periodUs } });
}

export function holtWinters(readings: readonly OracleReading[], periodUs: number): (number | null)[] {
  const binUs = periodUs / 48;
  const distances = new Distances();
  const judge: Judge = ({ timeUs, values: [x] }, learnt) => {
    const { left } = visitsOf(learnt, binUs);
    if (left.length < 48) return null;
    const { level, trend, seasons, bin } = smoothed(left);
    const now = Math.floor(timeUs / binUs);
    const forecast = level + Math.min(48, now - bin) * trend + seasons[now % 48]!;
    const isWarm = left.length >= 96;
    const value = (x! - forecast) / distances.add(x! - forecast, forecast, isWarm);
    return isWarm ? { value, isNormal: Math.abs(value) <= 6 } : null;
  };
  return guarded(readings, judge, { learning: { us: 2 * periodUs } });
}

/** Level, trend for each place, and season after these visits; the first 48 are the season, and their mean the level. */
function smoothed(visits: readonly Visit[]) {
  const first = visits.slice(0, 48);
  let level = meanOf(first.map(({ mean }) => mean));
  let trend = 0;
  const seasons = Array.from({ length: 48 }, (_, place) => {
    const last = first.findLast(({ bin }) => bin % 48 === place);
    return last === undefined ? 0 : last.mean - level;
  });
  let bin = first.at(-1)!.bin;
  for (const visit of visits.slice(48)) {
    const steps = visit.bin - bin;
    const place = visit.bin % 48;
    const before = level + steps * trend;
    const next = before + 0.1 * (visit.mean - seasons[place]! - before);
    trend += 0.01 * ((next - level) / steps - trend);
    level = next;
    seasons[place] = seasons[place]! + 0.25 * (visit.mean - level - seasons[place]!);
    bin = visit.bin;
  }
  return { level, trend, seasons, bin };
}
