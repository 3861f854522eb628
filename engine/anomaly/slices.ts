import type { RangeNode } from '../../dsl/plan.ts';

/**
 * Mean and variance of the readings of a range of time or events, in SLICES parts of which the oldest is dropped as a whole: between
 * 15/16 of the range and all of it. Each part has its number of readings, their mean and the sum of squared deviations (Welford
 * 1962), and parts are put together as in Chan, Golub & LeVeque 1983, which loses nothing at 1e12 plus noise.
 */
const SLICES = 16;

const SLICE = 0; // number of the newest one, from 1 on; 0: there is none
const OLDER = 1; // those of all slices but the newest, together
const PARTS = 4;
const COUNT = 0;
const MEAN = 1;
const SQUARES = 2;
const PART = 3;

const SLICES_WIDTH = PARTS + SLICES * PART;

/** How many readings there are, their mean and standard deviation (of a sample). */
export type Moments = { count: number; mean: number; deviation: number };

export class SlicedMoments {
  readonly width = SLICES_WIDTH;
  readonly #sizeOfSlice: number;
  readonly #moments: Moments = { count: 0, mean: 0, deviation: 0 };

  constructor(range: RangeNode['range']) {
    this.#sizeOfSlice = ('us' in range ? range.us : range.events) / SLICES;
  }

  /** Valid until the next call. */
  of(record: Float64Array, start: number): Moments {
    readSlices(record, start, this.#moments);
    return this.#moments;
  }

  /** `now`: as of a baseline. */
  learn(record: Float64Array, start: number, value: number, now: number): void {
    enterSlice(record, start, Math.floor(now / this.#sizeOfSlice) + 1);
    merge(record, start + PARTS + (record[start + SLICE]! % SLICES) * PART, 1, value, 0);
  }
}

/** Goes on to the slice of this number. */
function enterSlice(record: Float64Array, start: number, slice: number): void {
  const newest = record[start + SLICE]!;
  if (slice === newest) return;
  if (newest === 0 || slice - newest >= SLICES) record.fill(0, start, start + SLICES_WIDTH);
  else for (let next = newest + 1; next <= slice; next++) clear(record, start + PARTS + (next % SLICES) * PART);
  record[start + SLICE] = slice;
  clear(record, start + OLDER);
  for (let part = 1; part < SLICES; part++) {
    const at = start + PARTS + ((slice + part) % SLICES) * PART;
    merge(record, start + OLDER, record[at + COUNT]!, record[at + MEAN]!, record[at + SQUARES]!);
  }
}

function readSlices(record: Float64Array, start: number, moments: Moments): void {
  const newest = start + PARTS + (record[start + SLICE]! % SLICES) * PART;
  const older = start + OLDER;
  const a = record[older + COUNT]!;
  const b = record[newest + COUNT]!;
  const count = a + b;
  const delta = record[newest + MEAN]! - record[older + MEAN]!;
  const share = count === 0 ? 0 : b / count;
  const squares = record[older + SQUARES]! + record[newest + SQUARES]! + delta * delta * a * share;
  moments.count = count;
  moments.mean = record[older + MEAN]! + delta * share;
  moments.deviation = count < 2 ? 0 : Math.sqrt(squares / (count - 1));
}

function merge(record: Float64Array, at: number, count: number, mean: number, squares: number): void {
  if (count === 0) return;
  const own = record[at + COUNT]!;
  const total = own + count;
  const delta = mean - record[at + MEAN]!;
  record[at + COUNT] = total;
  record[at + MEAN] = record[at + MEAN]! + (delta * count) / total;
  record[at + SQUARES] = record[at + SQUARES]! + squares + (delta * delta * own * count) / total;
}

function clear(record: Float64Array, at: number): void {
  record.fill(0, at, at + PART);
}
