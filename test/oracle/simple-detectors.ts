import { least, type OracleReading, type Range } from './detectors.ts';

/** Of readings that stand still: to within a fiftieth of the geometric mean of changes so far; the newest hundred count most, and one for fifty times of it at most. */
export function flatline(readings: readonly OracleReading[], range: Range): (number | null)[] {
  let noise = 0;
  let changes = 0;
  let since = 0; // the reading that it has stood still from
  return readings.map(({ timeUs, values: [x] }, i) => {
    const before = readings[i - 1]?.values[0] ?? x!;
    const change = Math.abs(x! - before);
    if (change > (changes < 30 ? 0 : 0.02 * noise)) {
      changes++;
      const share = Math.max(0.01, 1 / changes);
      const far = Math.log(change) - Math.log(changes === 1 ? change : noise);
      noise = changes === 1 ? change : noise * Math.exp(share * Math.max(-Math.log(50), Math.min(Math.log(50), far)));
    }
    if (Math.abs(x! - readings[since]!.values[0]!) > 0.02 * noise) since = i;
    const length = 'us' in range ? range.us : range.events - 1;
    const at = (j: number) => ('us' in range ? readings[j]!.timeUs : j);
    const now = 'us' in range ? timeUs : i;
    return now - at(0) < length ? null : now - at(since) >= length ? 1 : 0;
  });
}

/** Of a score: its average over ten readings against mean and deviation of such averages before. */
export function likelihood(readings: readonly OracleReading[]): (number | null)[] {
  let recent = 0;
  const averages = readings.map(({ values: [x] }, i) => (recent += Math.max(0.1, 1 / (i + 1)) * (x! - recent)));
  return averages.map((average, i) => {
    if (i < 100) return null;
    const shares = averages.slice(0, i).map((_, j) => Math.max(1 / 2000, 1 / (j + 1)));
    const weights = shares.map((share, j) =>
      shares.slice(j + 1).reduce((product, later) => product * (1 - later), share),
    );
    const mean = averages.slice(0, i).reduce((sum, value, j) => sum + weights[j]! * value, 0);
    const variance = averages.slice(0, i).reduce((sum, value, j) => sum + weights[j]! * (value - mean) ** 2, 0);
    return 1 - tail((average - mean) / least(Math.sqrt(variance), mean));
  });
}

/** Of the normal distribution beyond z, by its integral. */
function tail(z: number): number {
  if (z < 0) return 1 - tail(-z);
  if (z > 40) return 0;
  const STEPS = 2_000;
  const width = 12 / STEPS; // what is beyond does not count
  let sum = 0;
  for (let i = 0; i < STEPS; i++) sum += Math.exp(-0.5 * (z + (i + 0.5) * width) ** 2);
  return (sum * width) / Math.sqrt(2 * Math.PI);
}
