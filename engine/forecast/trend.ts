import type { RangeNode } from '../../dsl/plan.ts';
import { emptyLine, fitLine, type FittedLine } from './fitted-line.ts';
import { emptyMeans, type PartMeans, PARTS_WIDTH, RangeParts } from './range-parts.ts';
import { MOST_FREEDOM } from './student-t.ts';

// The line as it was drawn last; it holds until the next part of the range is complete.
const IS_DRAWN = 0;
const FROM = 1; // when its first point is
const TIME = 2; // of its middle
const VALUE = 3; // there
const SLOPE = 4; // per microsecond
const OF_MIDDLE = 5; // the variance of the line there
const OF_SLOPE = 6; // the variance of its slope
const NOISE = 7; // the variance of readings about it
const FREEDOM = 8;
const LINE = 9;

export const TREND_WIDTH = LINE + PARTS_WIDTH;

const LEAST = 8; // points
const NEWER = [16, 8]; // points that may be on a course of their own
const BREAK = 0.001; // the probability of a break where there is none
const LEAST_INDEPENDENT = 4; // residuals
const ROUNDING = 1e-14; // of a level: nothing varies less
const TOLERANCE = 0.01; // of degrees of freedom, so that no digit of rounding costs one

/**
 * The straight line of a range: by least squares through the means of its parts, or through the newest half or quarter of them, where these are on
 * another course than all together (after Chow 1960). As residuals are rarely independent, they count for fewer, as in Santer et al. 2000.
 * It is drawn anew whenever a part is complete. Cost: constant; 32 times a few hundred operations in a range.
 */
export class Trend {
  readonly width = TREND_WIDTH;
  readonly #parts: RangeParts;
  readonly #means = emptyMeans();
  readonly #line = emptyLine();

  constructor(range: RangeNode['range']) {
    this.#parts = new RangeParts(range);
  }

  learn(record: Float64Array, start: number, timeUs: number, value: number): void {
    this.#parts.learn(record, start + LINE, timeUs, value);
  }

  /** As it is before a reading at that time. */
  draw(record: Float64Array, start: number, nextUs: number): void {
    if (!this.#parts.isComplete(record, start + LINE, nextUs)) return;
    const means = this.#means;
    this.#parts.read(record, start + LINE, nextUs, means);
    record[start + IS_DRAWN] = means.size < LEAST ? 0 : 1;
    if (means.size < LEAST) return;
    const from = courseFrom(means, this.#line);
    fitLine(means, from, means.size, this.#line);
    keep(record, start, means, from, this.#line);
  }
}

/** False: there are too few readings. */
export function isDrawn(record: Float64Array, start: number): boolean {
  return record[start + IS_DRAWN] === 1;
}

export function valueAt(record: Float64Array, start: number, timeUs: number): number {
  return record[start + VALUE]! + record[start + SLOPE]! * (timeUs - record[start + TIME]!);
}

/** When its first point is. */
export function beganAt(record: Float64Array, start: number): number {
  return record[start + FROM]!;
}

/** Per microsecond. */
export function slopeOf(record: Float64Array, start: number): number {
  return record[start + SLOPE]!;
}

/** Whether so steep a slope comes by chance less often than the quantiles say. */
export function isSloping(record: Float64Array, start: number, quantiles: Float64Array): boolean {
  const least = quantiles[record[start + FREEDOM]!]! * Math.sqrt(record[start + OF_SLOPE]!);
  return Math.abs(record[start + SLOPE]!) > least;
}

/** How far a reading at that time lies from the line at most, by the quantiles. */
export function deviationAt(record: Float64Array, start: number, timeUs: number, quantiles: Float64Array): number {
  const distance = timeUs - record[start + TIME]!;
  const ofLine = record[start + OF_MIDDLE]! + distance * distance * record[start + OF_SLOPE]!;
  return quantiles[record[start + FREEDOM]!]! * Math.sqrt(ofLine + record[start + NOISE]!);
}

/** The first of the points that are on the newest course: the newest half of them, or quarter, where the line of all misses these. */
function courseFrom(means: PartMeans, line: FittedLine): number {
  fitLine(means, 0, means.size, line);
  const { time, value, slope } = line;
  for (const newer of NEWER) {
    const from = means.size - newer;
    if (from < newer) continue;
    let missed = 0;
    for (let i = from; i < means.size; i++)
      missed += (means.values[i]! - value - slope * (means.times[i]! - time)) ** 2;
    fitLine(means, from, means.size, line);
    const own = line.squares + newer * leastVariance(line.value);
    const freedom = independentOf(newer, line.next / own) - 2;
    if (missed > own * BREAK ** (-2 / freedom)) return from; // F with 2 degrees above has its quantiles in closed form
  }
  return 0;
}

function keep(record: Float64Array, start: number, means: PartMeans, from: number, line: FittedLine): void {
  const count = means.size - from;
  const squares = line.squares + count * leastVariance(line.value);
  const independent = independentOf(count, line.next / squares);
  const variance = squares / (independent - 2);
  record[start + FROM] = means.originUs + means.times[from]!;
  record[start + TIME] = means.originUs + line.time;
  record[start + VALUE] = line.value;
  record[start + SLOPE] = line.slope;
  record[start + OF_MIDDLE] = variance / count;
  record[start + OF_SLOPE] = line.spread === 0 ? 0 : variance / line.spread;
  record[start + NOISE] = squares / (count - 2) + withinParts(means, from, line.slope);
  record[start + FREEDOM] = Math.min(MOST_FREEDOM, Math.floor(independent - 2 + TOLERANCE));
}

/**
 * How many independent residuals say as much as these, of which each is like the one before it; a line leaves less of that likeness than there
 * is (Marriott & Pope 1954).
 */
function independentOf(count: number, left: number): number {
  const likeness = (count * left + 2) / (count - 4);
  if (likeness <= 0) return count;
  return Math.max(LEAST_INDEPENDENT, (count * Math.max(0, 1 - likeness)) / (1 + likeness));
}

/** The mean square of how far readings lie from the line, beside how far the mean of their part does. */
function withinParts(means: PartMeans, from: number, slope: number): number {
  let squares = 0;
  let readings = 0;
  for (let i = from; i < means.size; i++) {
    squares += means.ofValue[i]! - 2 * slope * means.ofBoth[i]! + slope * slope * means.ofTime[i]!;
    readings += means.counts[i]!;
  }
  return Math.max(0, squares) / readings;
}

function leastVariance(level: number): number {
  return (level * ROUNDING) ** 2 + 1e-300;
}
