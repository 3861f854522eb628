import { type Detector, type Reading, VALUE } from './detector.ts';

const SHAPE = 16; // readings of a shape
const LEAST_LAG = 8; // readings: a shape is like itself a moment ago
const LAGS = 216; // so many earlier shapes are compared
const KEPT = 256; // readings; a power of two, not less than LEAST_LAG + LAGS + SHAPE
const RING = KEPT - 1; // takes the number of a reading to its place among those that are kept

const SEEN = 0; // readings
const OFFSET = 1; // of the newest shape: by how much its mean is above its last reading
const VALUES = 2;
const BENDS = VALUES + KEPT; // of the shape that ends at a reading: how far that is from its mean, and the reading before it from the one before
const INVERSES = BENDS + KEPT; // of the root of its sum of squares; 0: it does not move
const COVARIANCES = INVERSES + KEPT; // of the newest shape with the one that ended so long before it

const LEAST_DEVIATION = 1e-150; // of what moves
const MOST_LOST = 1e8; // of a covariance, in times of what it may be: what is left has no digits

/**
 * `discord(x)`: how little the shape of the last 16 readings looks like any of 216 before it, in 0..1, whatever their level and height: the
 * left matrix profile (Yeh et al. 2016), where the covariances of shapes are kept up by one step for each reading that knows no level
 * (Zimmerman et al. 2019). 0: it was there before; 0.7: nothing was alike at all. Says nothing before 64 readings. Cost: linear in the
 * shapes that are compared; 7.9 KB a key.
 */
export class Discord implements Detector {
  readonly width = COVARIANCES + LAGS;
  #likeness = -1; // of the shape that is most alike, so far; not divided by the newest one's deviation

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const seen = record[start + SEEN]!;
    record[start + VALUES + (seen % KEPT)] = reading.values[0]!;
    record[start + SEEN] = seen + 1;
    if (seen + 1 < SHAPE) return;
    const deviation = describe(record, start, seen % KEPT);
    const lags = Math.min(LAGS, seen + 2 - SHAPE - LEAST_LAG);
    this.#likeness = -deviation;
    this.#follow(record, start, { seen, lags, deviation });
    if (seen + 1 < 4 * SHAPE) return;
    const now = seen % KEPT;
    const inverse = record[start + INVERSES + now]!;
    const correlation = inverse === 0 ? stillness(record, start + INVERSES, now, lags) : this.#likeness * inverse;
    result[VALUE] = Math.sqrt(Math.max(0, (1 - correlation) / 2));
  }

  /** Moves all covariances by a reading. One at a time is made anew, so that errors do not add up, and so is one that has lost its digits. */
  #follow(record: Float64Array, start: number, { seen, lags, deviation }: Moved): void {
    const now = (seen % KEPT) | 0; // as an integer, so that places are computed as such
    const refreshed = seen % LAGS;
    const isFirst = seen + 2 - SHAPE - LEAST_LAG <= LAGS; // the oldest shape has not been compared before
    let lag = 0;
    while (lag < lags) {
      const end = lag <= refreshed && refreshed < lags ? refreshed : isFirst ? lags - 1 : lags;
      lag = this.#step(record, start, { now, deviation, lag, end });
      if (lag === lags) return;
      this.#renew(record, start, now, lag);
      lag++;
    }
  }

  /** From one lag on up to another, or to one before it whose covariance has lost its digits; that is returned. No call in its loop. */
  #step(record: Float64Array, start: number, { now, deviation, lag: from, end }: Stretch): number {
    const values = start + VALUES;
    const bends = start + BENDS;
    const inverses = start + INVERSES;
    const covariances = start + COVARIANCES;
    const rise = (record[values + now]! - record[values + ((now - SHAPE) & RING)]!) / 2;
    const bend = record[bends + now]!;
    const most = MOST_LOST * deviation;
    let likeness = this.#likeness;
    let lag = from;
    for (; lag < end; lag++) {
      const other = (now - LEAST_LAG - lag) & RING;
      const otherRise = (record[values + other]! - record[values + ((other - SHAPE) & RING)]!) / 2;
      const step = rise * record[bends + other]! + otherRise * bend;
      const inverse = record[inverses + other]!;
      if (Math.abs(step * inverse) > most) break;
      const covariance = record[covariances + lag]! + step;
      record[covariances + lag] = covariance;
      const own = covariance * inverse;
      if (own > likeness) likeness = own;
    }
    this.#likeness = likeness;
    return lag;
  }

  #renew(record: Float64Array, start: number, now: number, lag: number): void {
    const other = (now - LEAST_LAG - lag) & RING;
    const covariance = covarianceOf(record, start + VALUES, now, other);
    record[start + COVARIANCES + lag] = covariance;
    this.#likeness = Math.max(this.#likeness, covariance * record[start + INVERSES + other]!);
  }
}

type Moved = { readonly seen: number; readonly lags: number; readonly deviation: number };
type Stretch = { readonly now: number; readonly deviation: number; readonly lag: number; readonly end: number };

/** The shape that ends here: its deviation (root of the sum of squares) is returned. All is measured from its last reading, so that a large level costs no digits. */
function describe(record: Float64Array, start: number, now: number): number {
  const values = start + VALUES;
  const before = record[start + OFFSET]!; // of the shape before, from its own last reading
  const offset = offsetOf(record, values, now);
  const newest = record[values + now]!;
  let squares = 0;
  for (let i = 0; i < SHAPE; i++) {
    const distance = record[values + ((now - i) & RING)]! - newest - offset;
    squares += distance * distance;
  }
  const deviation = Math.sqrt(squares);
  record[start + OFFSET] = offset;
  const last = record[values + ((now - 1) & RING)]!;
  record[start + BENDS + now] = record[values + ((now - SHAPE) & RING)]! - last - before - offset;
  record[start + INVERSES + now] = deviation > LEAST_DEVIATION ? 1 / deviation : 0;
  return deviation;
}

/** By how much the mean of a shape is above its last reading. */
function offsetOf(record: Float64Array, values: number, end: number): number {
  const last = record[values + end]!;
  let sum = 0;
  for (let i = 1; i < SHAPE; i++) sum += record[values + ((end - i) & RING)]! - last;
  return sum / SHAPE;
}

function covarianceOf(record: Float64Array, values: number, one: number, other: number): number {
  const offset = offsetOf(record, values, one);
  const otherOffset = offsetOf(record, values, other);
  let sum = 0;
  for (let i = 0; i < SHAPE; i++) {
    const distance = record[values + ((one - i) & RING)]! - record[values + one]! - offset;
    const otherDistance = record[values + ((other - i) & RING)]! - record[values + other]! - otherOffset;
    sum += distance * otherDistance;
  }
  return sum;
}

/** What does not move at all is like whatever else does not, and like nothing that does. */
function stillness(record: Float64Array, inverses: number, now: number, lags: number): number {
  for (let lag = 0; lag < lags; lag++) if (record[inverses + ((now - LEAST_LAG - lag) & RING)] === 0) return 1;
  return 0;
}
