/**
 * How many readings are as rare: counts of them by rarity, in steps of a twentieth of a decade, in each of which they lie evenly. The counts stand in a
 * binary indexed tree (Fenwick 1994), so that a reading touches seven of them. Newer readings weigh more: by the square of how many were before
 * them at first, and then by age, so that all weigh as much as so many of the newest.
 */
const STEPS = 96;
const PER_DECADE = 20;

const SEEN = 0; // readings
const WEIGHT = 1; // of the newest
const TREE = 2; // places count from 1, the rarest first; 0 is for the sum of all

export const READING_COUNTS_WIDTH = TREE + STEPS + 1;

const MOST_READINGS = 1_000;
const GROWTH = 2;
const MOST_WEIGHT = 1e12;

/** Readings, of which the newest counts for one. */
export function countAll(record: Float64Array, start: number): number {
  return record[start + TREE]! / Math.max(1, record[start + WEIGHT]!);
}

/** Those that are as rare. */
export function countAsRare(record: Float64Array, start: number, rarity: number): number {
  const place = placeOf(rarity);
  const step = Math.floor(place);
  const rarer = sumOf(record, start, STEPS - 1 - step);
  const asRare = sumOf(record, start, STEPS - step);
  return (asRare - (place - step) * (asRare - rarer)) / Math.max(1, record[start + WEIGHT]!);
}

export function countReading(record: Float64Array, start: number, rarity: number): void {
  const seen = record[start + SEEN]!;
  const weight = seen === 0 ? 1 : record[start + WEIGHT]! * (1 + GROWTH / Math.min(seen, GROWTH * MOST_READINGS));
  record[start + SEEN] = seen + 1;
  record[start + WEIGHT] = weight;
  record[start + TREE] = record[start + TREE]! + weight;
  for (let at = STEPS - Math.floor(placeOf(rarity)); at <= STEPS; at += at & -at)
    record[start + TREE + at] = record[start + TREE + at]! + weight;
  if (weight > MOST_WEIGHT) lighten(record, start);
}

function placeOf(rarity: number): number {
  return Math.min(Math.max(0, rarity * PER_DECADE), STEPS - 1);
}

function sumOf(record: Float64Array, start: number, last: number): number {
  let sum = 0;
  for (let at = last; at > 0; at -= at & -at) sum += record[start + TREE + at]!;
  return sum;
}

/** The same weights, by another unit. */
function lighten(record: Float64Array, start: number): void {
  const weight = record[start + WEIGHT]!;
  for (let at = start + WEIGHT; at < start + READING_COUNTS_WIDTH; at++) record[at] = record[at]! / weight;
}
