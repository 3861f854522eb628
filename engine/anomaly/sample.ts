import type { RangeNode } from '../../dsl/plan.ts';
import { placeOf } from '../state/place-of.ts';

/** As many readings as stand for a range at most: one of each of so many parts of it. */
const SAMPLE = 63;

const SIZE = 0; // how many there are
const NEXT = 1; // where the next one goes, in the order of time
const PART = 2; // the number of the newest one's part of the range, from 1 on
const BY_TIME = 3; // values and the parts that they are of
const PARTS = BY_TIME + SAMPLE;
const SORTED = PARTS + SAMPLE;

const SAMPLE_WIDTH = SORTED + SAMPLE;

/** The sample of a range: it takes what a baseline learns. */
export class RangeSample {
  readonly width = SAMPLE_WIDTH;
  readonly #part: number; // in microseconds or events: one event at least

  constructor(range: RangeNode['range']) {
    this.#part = 'us' in range ? range.us / SAMPLE : Math.max(1, range.events / SAMPLE);
  }

  /** `now`: as of a baseline. */
  learn(record: Float64Array, start: number, value: number, now: number): void {
    addToSample(record, start, Math.floor(now / this.#part) + 1, value);
  }
}

export function sizeOf(record: Float64Array, start: number): number {
  return record[start + SIZE]!;
}

/** The value of this rank, the least one's being 0. */
function ranked(record: Float64Array, start: number, rank: number): number {
  return record[start + SORTED + rank]!;
}

/** The first reading of a part stands for it; those that are older than the range go. */
function addToSample(record: Float64Array, start: number, part: number, value: number): void {
  if (part === record[start + PART]) return;
  record[start + PART] = part;
  while (record[start + SIZE]! > 0 && record[start + PARTS + oldest(record, start)]! <= part - SAMPLE)
    drop(record, start);
  const next = record[start + NEXT]!;
  record[start + BY_TIME + next] = value;
  record[start + PARTS + next] = part;
  record[start + NEXT] = (next + 1) % SAMPLE;
  const size = record[start + SIZE]!;
  const place = placeOf(record, start + SORTED, size, value);
  record.copyWithin(start + SORTED + place + 1, start + SORTED + place, start + SORTED + size);
  record[start + SORTED + place] = value;
  record[start + SIZE] = size + 1;
}

export function median(record: Float64Array, start: number): number {
  return quantile(record, start, 0.5);
}

/** Between two readings, in proportion (Hyndman & Fan 1996, type 7). There is one at least. */
export function quantile(record: Float64Array, start: number, share: number): number {
  const place = (record[start + SIZE]! - 1) * share;
  const rank = Math.floor(place);
  const low = ranked(record, start, rank);
  return place === rank ? low : low + (ranked(record, start, rank + 1) - low) * (place - rank);
}

/**
 * The median of how far the readings lie from a value. Those above it are in order of that, and those below: how many of the nearest half
 * are above is found by halving.
 */
export function medianDistance(record: Float64Array, start: number, from: number): number {
  const size = record[start + SIZE]!;
  const below = placeOf(record, start + SORTED, size, from);
  const above = size - below;
  const firstUp = start + SORTED + below; // from here on they go away from it upwards,
  const firstDown = firstUp - 1; // and from here downwards
  const half = (size + 1) >>> 1;
  let least = Math.max(0, half - below);
  let most = Math.min(half, above);
  while (least < most) {
    const up = (least + most) >>> 1;
    if (record[firstUp + up]! - from < from - record[firstDown - (half - up - 1)]!) least = up + 1;
    else most = up;
  }
  const down = half - least;
  const lastUp = least > 0 ? record[firstUp + least - 1]! - from : -Infinity;
  const lastDown = down > 0 ? from - record[firstDown - (down - 1)]! : -Infinity;
  const distance = Math.max(lastUp, lastDown);
  if (size % 2 === 1) return distance;
  const nextUp = least < above ? record[firstUp + least]! - from : Infinity;
  const nextDown = down < below ? from - record[firstDown - down]! : Infinity;
  return (distance + Math.min(nextUp, nextDown)) / 2;
}

function oldest(record: Float64Array, start: number): number {
  return (record[start + NEXT]! - record[start + SIZE]! + SAMPLE) % SAMPLE;
}

function drop(record: Float64Array, start: number): void {
  const size = record[start + SIZE]!;
  const place = placeOf(record, start + SORTED, size, record[start + BY_TIME + oldest(record, start)]!);
  record.copyWithin(start + SORTED + place, start + SORTED + place + 1, start + SORTED + size);
  record[start + SIZE] = size - 1;
}
