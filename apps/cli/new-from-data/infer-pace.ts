import { DAY_US, HOUR_US, MINUTE_US, roundUs, roundUpUs, SECOND_US } from './duration.ts';

export type Pace = {
  readonly intervalUs: number; // usual time from reading to reading of a key, round
  readonly isIntervalKnown: boolean;
  readonly spanUs: number; // of all readings of the sample
  readonly latenessUs: number;
  readonly lateRows: number; // of the sample, in spite of this lateness
  readonly idleUs: number;
  readonly windowUs: number; // of the derived series
};

/** How often readings come, and how far out of order. Times and keys by row; NaN: no time. */
export function inferPace(timesUs: readonly number[], keyOfRow: readonly string[]): Pace {
  const readable = timesUs.filter(us => !Number.isNaN(us)).sort((a, b) => a - b);
  const spanUs = readable.length === 0 ? 0 : readable.at(-1)! - readable[0]!;
  const usualUs = usualIntervalUs(timesUs, keyOfRow);
  const intervalUs = roundUs(usualUs ?? SECOND_US);
  const behind = rowsBehind(timesUs, keyOfRow);
  const latenessUs = coveringUs(behind.map(row => row.ownUs));
  const idleUs = coveringUs(behind.map(row => row.silentUs));
  return {
    intervalUs,
    isIntervalKnown: usualUs !== null,
    spanUs,
    latenessUs,
    lateRows: behind.filter(row => row.ownUs > latenessUs).length,
    idleUs: roundUpUs(Math.max(30 * SECOND_US, 3 * intervalUs, idleUs)),
    windowUs: windowUsOf(intervalUs, spanUs),
  };
}

/** The median of the times between neighbours of a key; null: no key has two. */
function usualIntervalUs(timesUs: readonly number[], keyOfRow: readonly string[]): number | null {
  const timesOfKey = Map.groupBy(
    timesUs.map((us, row) => ({ us, key: keyOfRow[row]! })).filter(({ us }) => !Number.isNaN(us)),
    ({ key }) => key,
  );
  const steps: number[] = [];
  for (const rows of timesOfKey.values()) {
    const sorted = rows.map(({ us }) => us).sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++) if (sorted[i]! > sorted[i - 1]!) steps.push(sorted[i]! - sorted[i - 1]!);
  }
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? null;
}

type Behind = {
  readonly ownUs: number; // behind the newest of its key
  readonly silentUs: number; // what others moved on while the key was silent, beyond this row's time
};

/** MEANING.md 3: what `lateness` and `idle` would have to be, row by row, for the row not to be late. */
function rowsBehind(timesUs: readonly number[], keyOfRow: readonly string[]): Behind[] {
  const newest = new Map<string, { readonly us: number; readonly clockUs: number }>();
  let clockUs = -Infinity;
  return timesUs.flatMap((us, row) => {
    if (Number.isNaN(us)) return [];
    clockUs = Math.max(clockUs, us);
    const key = keyOfRow[row]!;
    const own = newest.get(key);
    if (own === undefined || us > own.us) newest.set(key, { us, clockUs });
    if (own === undefined) return [];
    return [{ ownUs: Math.max(own.us - us, 0), silentUs: Math.max(own.us + clockUs - own.clockUs - us, 0) }];
  });
}

/** Round, and enough for all but one row in a thousand: a single bad date should not make everything wait. */
function coveringUs(durationsUs: readonly number[]): number {
  const sorted = durationsUs.toSorted((a, b) => a - b);
  const coveredUs = sorted[sorted.length - 1 - Math.floor(sorted.length / 1000)] ?? 0;
  return coveredUs === 0 ? 0 : roundUpUs(coveredUs);
}

/** A minute, unless readings come too seldom for it or the recording is too short. */
function windowUsOf(intervalUs: number, spanUs: number): number {
  const fitting = WINDOWS_US.filter(sizeUs => sizeUs >= 6 * intervalUs);
  const usual = fitting.find(sizeUs => sizeUs >= MINUTE_US) ?? 7 * DAY_US;
  return usual > MINUTE_US || spanUs >= 5 * usual ? usual : (fitting[0] ?? usual);
}

const WINDOWS_US = [SECOND_US, 10 * SECOND_US, MINUTE_US, 10 * MINUTE_US, HOUR_US, DAY_US, 7 * DAY_US];
