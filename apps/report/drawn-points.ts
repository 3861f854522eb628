import type { Interval, Trace } from './trace.ts';

/**
 * Points of lines that share their times (ms since 1970), in order of time. Of each line and time: its value; null: it has
 * none there, and goes on to its next; BREAK: nothing came for so long that it does not.
 */
export type DrawnPoints = {
  readonly timesMs: readonly number[];
  readonly lines: readonly (readonly PointValue[])[];
};
export type PointValue = number | null | typeof BREAK;
export const BREAK = '';

/** A field of a trace. `isHeld`: it is what it was until it is told otherwise, and its line is never broken. */
export type DrawnField = { readonly field: number; readonly isHeld: boolean };

/** A line is broken where nothing came for so many times as long as it mostly takes. */
const BREAK_TIMES = 10;
const DIGITS = 7;

/** Two points for an interval, its least and its greatest value in the order in which they came. */
export function drawnPoints(trace: Trace, fields: readonly DrawnField[]): DrawnPoints {
  const intervals = Array.from({ length: trace.length }, (_, at) => trace.interval(at));
  const breaks = fields.map(field => breaksOf(intervals, field));
  const timesUs: number[] = [];
  const lines: PointValue[][] = fields.map(() => []);
  intervals.forEach(({ firstUs, lastUs, rows, fields: found }, at) => {
    const times = timesOf(firstUs, lastUs, rows);
    timesUs.push(...times);
    fields.forEach(({ field }, line) => {
      const { least, greatest, isLeastFirst } = found[field]!;
      const values = isLeastFirst ? [least, greatest] : [greatest, least];
      for (const value of values.slice(0, times.length)) lines[line]!.push(Number.isNaN(value) ? null : rounded(value));
    });
    if (!breaks.some(behind => behind.has(at))) return;
    timesUs.push((lastUs + intervals[at + 1]!.firstUs) / 2);
    fields.forEach((_, line) => lines[line]!.push(breaks[line]!.has(at) ? BREAK : null));
  });
  return { timesMs: timesUs.map(timeUs => Math.round(timeUs) / 1000), lines };
}

/** Of rows one by one their own; of several, apart from each other and from those of the next interval. */
function timesOf(firstUs: number, lastUs: number, rows: number): number[] {
  if (rows === 1) return [firstUs];
  return rows === 2 ? [firstUs, lastUs] : [firstUs + (lastUs - firstUs) / 4, lastUs - (lastUs - firstUs) / 4];
}

/** Intervals behind which a line does not go on to its next one. */
function breaksOf(intervals: readonly Interval[], { field, isHeld }: DrawnField): ReadonlySet<number> {
  if (isHeld) return new Set();
  const places = [...intervals.keys()].filter(at => !Number.isNaN(intervals[at]!.fields[field]!.least));
  const own = places.map(at => intervals[at]!);
  const longestUs = BREAK_TIMES * usualGapUs(own);
  return new Set(places.filter((_, i) => i + 1 < own.length && own[i + 1]!.firstUs - own[i]!.lastUs > longestUs));
}

/** Between rows that follow each other, those in an interval as if they were evenly spread: the median. Infinity: there is none. */
function usualGapUs(intervals: readonly Interval[]): number {
  const gaps = intervals.flatMap(({ firstUs, lastUs, rows }, at) => {
    const within = rows > 1 ? [{ us: (lastUs - firstUs) / (rows - 1), count: rows - 1 }] : [];
    const next = intervals[at + 1];
    return next === undefined ? within : [...within, { us: next.firstUs - lastUs, count: 1 }];
  });
  const inOrder = gaps.filter(({ us }) => us > 0).sort((a, b) => a.us - b.us);
  let left = inOrder.reduce((sum, { count }) => sum + count, 0) / 2;
  for (const { us, count } of inOrder) {
    left -= count;
    if (left < 0) return us;
  }
  return inOrder.at(-1)?.us ?? Infinity;
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
