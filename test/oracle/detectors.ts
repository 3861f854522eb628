/** Detectors as their definitions read: from all readings at once, in two passes, with no state of their own. */

export type OracleReading = { readonly timeUs: number; readonly values: readonly number[] };

export type Learnt = OracleReading & { readonly now: number };
export type Range = { readonly us: number } | { readonly events: number };

/** What a baseline says of a reading, and whether it may be learnt; null: it says nothing yet. */
type Judgement = { readonly value: number; readonly isNormal: boolean } | null;
export type Judge = (reading: OracleReading, learnt: readonly Learnt[]) => Judgement;

/** Readings that are far out are not learnt once `learning` is over, and time that passes so does not count. */
export function guarded(
  readings: readonly OracleReading[],
  judge: Judge,
  { learning, adaptUs = Infinity }: { readonly learning: Range; readonly adaptUs?: number },
): (number | null)[] {
  let learnt: Learnt[] = [];
  let now = 0;
  let outUs = 0;
  return readings.map((reading, i) => {
    const since = i === 0 ? 0 : reading.timeUs - readings[i - 1]!.timeUs;
    const judgement = judge(reading, learnt);
    const isLearning = now < ('us' in learning ? learning.us : learning.events);
    const isNormal = judgement === null || judgement.isNormal || isLearning;
    outUs = isNormal ? Math.max(0, outUs - since) : outUs + since;
    const isAnew = outUs >= adaptUs;
    if (isAnew) {
      learnt = [];
      now = 0;
      outUs = 0;
    }
    if (isNormal || isAnew) {
      now += 'us' in learning ? since : 1;
      learnt.push({ ...reading, now });
    }
    return judgement?.value ?? null;
  });
}

const sizeOf = (range: Range) => ('us' in range ? range.us : range.events);
export const valuesOf = (list: readonly OracleReading[]) => list.map(({ values }) => values[0]!);
/** Measured from the first one, so that a large level costs no digits. */
export const meanOf = (list: readonly number[]) =>
  list[0]! + list.reduce((sum, value) => sum + (value - list[0]!), 0) / list.length;
export const least = (scale: number, level: number) => Math.max(scale, Math.abs(level) * 1e-9, 1e-150);

/** Those in the 16 slices that end with the newest one's. */
function ofSlices(learnt: readonly Learnt[], range: Range): number[] {
  const slice = ({ now }: Learnt) => Math.floor(now / (sizeOf(range) / 16));
  return valuesOf(learnt.filter(one => slice(one) > slice(learnt.at(-1)!) - 16));
}

function deviationOf(list: readonly number[]): number {
  const mean = meanOf(list);
  return Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (list.length - 1));
}

export function zscore(readings: readonly OracleReading[], range: Range, adaptUs?: number): (number | null)[] {
  const judge: Judge = ({ values: [x] }, learnt) => {
    const list = learnt.length === 0 ? [] : ofSlices(learnt, range);
    if (list.length < 30) return null;
    const value = (x! - meanOf(list)) / least(deviationOf(list), meanOf(list));
    return { value, isNormal: Math.abs(value) <= 4 };
  };
  return guarded(readings, judge, { learning: range, ...(adaptUs === undefined ? {} : { adaptUs }) });
}

export function cusum(readings: readonly OracleReading[], range: Range): (number | null)[] {
  let above = 0;
  let below = 0;
  const judge: Judge = ({ values: [x] }, learnt) => {
    const list = learnt.length === 0 ? [] : ofSlices(learnt, range);
    if (list.length < 30) return null;
    const score = (x! - meanOf(list)) / least(deviationOf(list), meanOf(list));
    const step = Math.min(4, Math.max(-4, score));
    above = Math.max(0, above + step - 0.5);
    below = Math.max(0, below - step - 0.5);
    const isNormal = Math.max(above, below) <= 5 && Math.abs(score) <= 4;
    return { value: above >= below ? above : -below, isNormal };
  };
  return guarded(readings, judge, { learning: range });
}

/** The first reading of each 63rd of the range, of those in it. */
function sampled(learnt: readonly Learnt[], range: Range): number[] {
  const size = 'us' in range ? range.us / 63 : Math.max(1, range.events / 63);
  const part = ({ now }: Learnt) => Math.floor(now / size);
  const firsts = learnt.filter((one, i) => i === 0 || part(one) !== part(learnt[i - 1]!));
  const newest = firsts.at(-1);
  return newest === undefined
    ? []
    : valuesOf(firsts.filter(one => part(one) > part(newest) - 63)).sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)]!;
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place));
}

export function mad(readings: readonly OracleReading[], range: Range): (number | null)[] {
  const judge: Judge = ({ values: [x] }, learnt) => {
    const list = sampled(learnt, range);
    if (list.length < 15) return null;
    const middle = quantile(list, 0.5);
    const distances = list.map(value => Math.abs(value - middle)).sort((a, b) => a - b);
    const value = (x! - middle) / least(1.4826 * quantile(distances, 0.5), middle);
    return { value, isNormal: Math.abs(value) <= 6 };
  };
  return guarded(readings, judge, { learning: range });
}

export function iqr(readings: readonly OracleReading[], range: Range): (number | null)[] {
  const judge: Judge = ({ values: [x] }, learnt) => {
    const list = sampled(learnt, range);
    if (list.length < 15) return null;
    const [low, high] = [quantile(list, 0.25), quantile(list, 0.75)];
    const value = (Math.max(0, x! - high) - Math.max(0, low - x!)) / least(high - low, (high + low) / 2);
    return { value, isNormal: Math.abs(value) <= 3 };
  };
  return guarded(readings, judge, { learning: range });
}

/** What each learnt reading is of an average in which older ones fade. */
function weights(learnt: readonly Learnt[], range: Range): number[] {
  const shares = learnt.map(({ now }, i) => {
    const share = 'us' in range ? 1 - Math.exp(-(now - (learnt[i - 1]?.now ?? 0)) / range.us) : 2 / (range.events + 1);
    return Math.max(share, 1 / (i + 1));
  });
  return shares.map((share, i) => shares.slice(i + 1).reduce((product, later) => product * (1 - later), share));
}

function moments(points: readonly (readonly number[])[], shares: readonly number[]) {
  const fields = points[0]!.map((_, field) => field);
  const mean = fields.map(field => points.reduce((sum, point, i) => sum + shares[i]! * point[field]!, 0));
  const covariance = fields.map(a =>
    fields.map(b => points.reduce((sum, p, i) => sum + shares[i]! * (p[a]! - mean[a]!) * (p[b]! - mean[b]!), 0)),
  );
  return { mean, covariance };
}

export function ewmaZ(readings: readonly OracleReading[], range: Range): (number | null)[] {
  const judge: Judge = ({ values: [x] }, learnt) => {
    if (learnt.length < 30) return null;
    const { mean, covariance } = moments(
      learnt.map(({ values }) => values),
      weights(learnt, range),
    );
    const value = (x! - mean[0]!) / least(Math.sqrt(covariance[0]![0]!), mean[0]!);
    return { value, isNormal: Math.abs(value) <= 4 };
  };
  return guarded(readings, judge, { learning: range });
}

export function mahalanobis(readings: readonly OracleReading[], range: Range): (number | null)[] {
  const judge: Judge = ({ values }, learnt) => {
    if (learnt.length < 30 + 10 * values.length) return null;
    const { mean, covariance } = moments(
      learnt.map(one => one.values),
      weights(learnt, range),
    );
    const value = Math.sqrt(squaredDistance(values, mean, covariance));
    return { value, isNormal: value <= Math.sqrt(values.length) + 4 };
  };
  return guarded(readings, judge, { learning: range });
}

/** Of the moving average, which begins at the first reading. */
export function mewma(readings: readonly OracleReading[], range: Range): (number | null)[] {
  let smoothed = readings[0]?.values ?? [];
  const averages = readings.map(({ timeUs, values }) => {
    smoothed = smoothed.map((value, field) => value + 0.1 * (values[field]! - value));
    return { timeUs, values: smoothed };
  });
  const judge: Judge = ({ values }, learnt) => {
    if (learnt.length < 100) return null;
    const { mean, covariance } = moments(
      learnt.map(one => one.values),
      weights(learnt, range),
    );
    const value = Math.sqrt(squaredDistance(values, mean, covariance));
    return { value, isNormal: value <= Math.sqrt(values.length) + 4 };
  };
  return guarded(averages, judge, { learning: range });
}

/** With correlations that are a hundredth weaker. */
function squaredDistance(
  point: readonly number[],
  mean: readonly number[],
  covariance: readonly (readonly number[])[],
) {
  const scales = covariance.map((row, i) => least(Math.sqrt(row[i]!), mean[i]!));
  const correlations = covariance.map((row, i) =>
    row.map((value, j) => (i === j ? 1 : (0.99 * value) / scales[i]! / scales[j]!)),
  );
  const z = point.map((value, i) => (value - mean[i]!) / scales[i]!);
  const solved = solve(correlations, z);
  return z.reduce((sum, value, i) => sum + value * solved[i]!, 0);
}

/** Gauss and Jordan, with the greatest pivot. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let column = 0; column < rows.length; column++) {
    const rest = rows.slice(column);
    const pivot = rows.indexOf(rest.toSorted((a, b) => Math.abs(b[column]!) - Math.abs(a[column]!))[0]!);
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const divisor = rows[column]![column]!;
    rows[column] = rows[column]!.map(value => value / divisor);
    for (const [i, row] of rows.entries())
      if (i !== column) rows[i] = row.map((value, j) => value - row[column]! * rows[column]![j]!);
  }
  return rows.map(row => row.at(-1)!);
}

export function pageHinkley(readings: readonly OracleReading[]): (number | null)[] {
  let above = 0;
  let below = 0;
  const judge: Judge = ({ values: [x] }, learnt) => {
    if (learnt.length < 30) return null;
    const list = valuesOf(learnt);
    const score = (x! - meanOf(list)) / least(deviationOf(list), meanOf(list));
    const step = Math.min(4, Math.max(-4, score));
    above = Math.max(0, above + step - 0.25);
    below = Math.max(0, below - step - 0.25);
    return { value: above >= below ? above : -below, isNormal: Math.abs(score) <= 4 };
  };
  return guarded(readings, judge, { learning: { events: 500 } });
}

export function newRange(readings: readonly OracleReading[]): (number | null)[] {
  const judge: Judge = ({ values: [x] }, learnt) => {
    if (learnt.length < 100) return null;
    const [low, high] = [Math.min(...valuesOf(learnt)), Math.max(...valuesOf(learnt))];
    const value = (Math.max(0, x! - high) - Math.max(0, low - x!)) / least(high - low, (high + low) / 2);
    return { value, isNormal: Math.abs(value) <= 0.1 };
  };
  return guarded(readings, judge, { learning: { events: 500 } });
}

export function rateOfChange(readings: readonly OracleReading[], range: Range): (number | null)[] {
  const size = 'us' in range ? range.us / 16 : Math.max(1, range.events / 16);
  const parts = readings.map(({ timeUs }, i) => Math.floor(('us' in range ? timeUs : i) / size));
  const isFirst = (i: number) => i === 0 || parts[i] !== parts[i - 1];
  return readings.map(({ timeUs, values: [x] }, i) => {
    const from = readings.findLastIndex((_, j) => j < i && isFirst(j) && parts[j]! <= parts[i]! - 16);
    if (from === -1 || readings[from]!.timeUs === timeUs) return null;
    return (x! - readings[from]!.values[0]!) / ((timeUs - readings[from]!.timeUs) / 1e6);
  });
}

export function spectral(readings: readonly OracleReading[], low: number, high: number): (number | null)[] {
  return readings.map((_, i) => {
    const end = Math.floor((i + 1) / 64) * 64;
    if (end < 256) return null;
    const window = readings.slice(end - 256, end);
    const distance = (window.at(-1)!.timeUs - window[0]!.timeUs) / 255;
    if (window.some(({ timeUs }, j) => j > 0 && timeUs - window[j - 1]!.timeUs > 2 * distance)) return null;
    if (distance === 0) return null;
    const perBin = 1e6 / distance / 256;
    if (high > perBin * 128) return null;
    const hann = window.map((_reading, j) => (1 - Math.cos((2 * Math.PI * j) / 256)) / 2);
    const list = valuesOf(window);
    const weighted = list.map((value, j) => (value - meanOf(list)) * hann[j]!);
    const bins = Array.from({ length: 129 }, (_bin, bin) => bin);
    const inside = bins.filter(bin => bin >= Math.max(1, Math.floor(low / perBin)) && bin <= Math.ceil(high / perBin));
    const powers = inside.map(bin => {
      const [cosine, sine] = [Math.cos, Math.sin].map(turn =>
        weighted.reduce((sum, value, j) => sum + value * turn((2 * Math.PI * bin * j) / 256), 0),
      );
      const sides = bin === 128 ? 1 : 2;
      return (sides * (cosine! ** 2 + sine! ** 2)) / (256 * hann.reduce((sum, weight) => sum + weight ** 2, 0));
    });
    return Math.sqrt(powers.reduce((sum, power) => sum + power, 0));
  });
}

/** At each eighth reading, in between as it was. */
export function discord(readings: readonly OracleReading[]): (number | null)[] {
  const shapes = readings.map((_, i) => (i < 15 ? null : valuesOf(readings.slice(i - 15, i + 1))));
  return readings.map((_, at) => {
    if (at < 63) return null;
    const i = at - ((at + 1) % 8);
    const earlier = shapes.slice(Math.max(15, i - 7 - 216), i - 7).filter(shape => shape !== null);
    const best = Math.max(...earlier.map(shape => correlationOf(shapes[i]!, shape)));
    return Math.sqrt(Math.max(0, (1 - best) / 2));
  });
}

function correlationOf(a: readonly number[], b: readonly number[]): number {
  const [da, db] = [a, b].map(list => list.map(value => value - meanOf(list)));
  const [sa, sb] = [da!, db!].map(list => Math.sqrt(list.reduce((sum, value) => sum + value * value, 0)));
  if (sa === 0 || sb === 0) return sa === sb ? 1 : 0;
  return da!.reduce((sum, value, i) => sum + value * db![i]!, 0) / sa! / sb!;
}
