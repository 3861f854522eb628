import type { RangeNode } from '../../dsl/plan.ts';

/** Into so many parts a range is divided, and so many points a line goes through at most. */
export const PARTS = 32;

const NEWEST = 0; // its number, from 1 on; 0: there is none
const SEEN = 1; // readings
const RING = 2;

// Of a part: how many readings it has, the means of time and value, and how they vary around these.
const COUNT = 0;
const TIME = 1;
const VALUE = 2;
const OF_TIME = 3;
const OF_BOTH = 4;
const OF_VALUE = 5;
const PART = 6;

export const PARTS_WIDTH = RING + PARTS * PART;

/** The parts of a range that have readings, oldest first. `times` are microseconds since `originUs`. */
export type PartMeans = {
  size: number;
  originUs: number;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** Sums of products of deviations within each part. */
  readonly ofTime: Float64Array;
  readonly ofBoth: Float64Array;
  readonly ofValue: Float64Array;
};

export function emptyMeans(): PartMeans {
  const column = () => new Float64Array(PARTS);
  return {
    size: 0,
    originUs: 0,
    times: column(),
    values: column(),
    counts: column(),
    ofTime: column(),
    ofBoth: column(),
    ofValue: column(),
  };
}

/**
 * The readings of a range of time or events, in PARTS parts of which the oldest is dropped as a whole. They are moments, as in
 * Welford 1962, so that 1e12 plus noise loses nothing.
 */
export class RangeParts {
  readonly #size: number; // of a part
  readonly #isOfTime: boolean;

  constructor(range: RangeNode['range']) {
    this.#isOfTime = 'us' in range;
    this.#size = 'us' in range ? range.us / PARTS : Math.max(1, range.events / PARTS);
  }

  learn(record: Float64Array, start: number, timeUs: number, value: number): void {
    const part = this.#numberAt(record, start, timeUs);
    record[start + SEEN] = record[start + SEEN]! + 1;
    enter(record, start, part);
    add(record, partAt(start, part), timeUs, value);
  }

  /** Whether the newest part ends before a reading at that time. */
  isComplete(record: Float64Array, start: number, nextUs: number): boolean {
    return record[start + NEWEST] !== 0 && this.#numberAt(record, start, nextUs) !== record[start + NEWEST];
  }

  /** Those before the part of a reading at that time, where the newest one is complete, and not older than the range. */
  read(record: Float64Array, start: number, nextUs: number, means: PartMeans): void {
    const next = this.#numberAt(record, start, nextUs);
    means.size = 0;
    for (let part = next - PARTS; part <= record[start + NEWEST]!; part++) {
      const at = partAt(start, part);
      if (record[at + COUNT] === 0) continue;
      const place = means.size++;
      if (place === 0) means.originUs = record[at + TIME]!;
      means.times[place] = record[at + TIME]! - means.originUs;
      means.values[place] = record[at + VALUE]!;
      means.counts[place] = record[at + COUNT]!;
      means.ofTime[place] = record[at + OF_TIME]!;
      means.ofBoth[place] = record[at + OF_BOTH]!;
      means.ofValue[place] = record[at + OF_VALUE]!;
    }
  }

  #numberAt(record: Float64Array, start: number, timeUs: number): number {
    return Math.floor((this.#isOfTime ? timeUs : record[start + SEEN]!) / this.#size) + 1;
  }
}

function enter(record: Float64Array, start: number, part: number): void {
  const newest = record[start + NEWEST]!;
  if (part === newest) return;
  if (newest === 0 || part - newest >= PARTS) record.fill(0, start + RING, start + PARTS_WIDTH);
  else for (let next = newest + 1; next <= part; next++) clear(record, partAt(start, next));
  record[start + NEWEST] = part;
}

function add(record: Float64Array, at: number, timeUs: number, value: number): void {
  const count = record[at + COUNT]! + 1;
  const time = timeUs - record[at + TIME]!;
  const distance = value - record[at + VALUE]!;
  record[at + COUNT] = count;
  record[at + TIME] = record[at + TIME]! + time / count;
  record[at + VALUE] = record[at + VALUE]! + distance / count;
  record[at + OF_TIME] = record[at + OF_TIME]! + time * (timeUs - record[at + TIME]!);
  record[at + OF_BOTH] = record[at + OF_BOTH]! + time * (value - record[at + VALUE]!);
  record[at + OF_VALUE] = record[at + OF_VALUE]! + distance * (value - record[at + VALUE]!);
}

function partAt(start: number, part: number): number {
  return start + RING + (((part % PARTS) + PARTS) % PARTS) * PART;
}

function clear(record: Float64Array, at: number): void {
  record.fill(0, at, at + PART);
}
