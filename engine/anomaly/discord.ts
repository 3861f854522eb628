import { type Detector, type Reading, VALUE } from './detector.ts';

const SHAPE = 16; // readings of a shape
const FIRST = SHAPE - 1; // the reading that the first shape ends at
const LEAST_LAG = 8; // readings: a shape is like itself a moment ago
const LAGS = 216; // so many earlier shapes are compared
const KEPT = 256; // readings; a power of two, not less than LEAST_LAG + LAGS + SHAPE

const SEEN = 0; // readings
const ANCHOR = 1; // the first one, from which all others are measured, so that a large level costs no digits
const VALUES = 2;
const MEANS = VALUES + KEPT; // of the shape that ends at a reading
const DEVIATIONS = MEANS + KEPT; // root of the sum of squares
const PRODUCTS = DEVIATIONS + KEPT; // of the newest shape with the one that ended so long before it

/**
 * `discord(x)`: how little the shape of the last 16 readings looks like any of 216 before it, in 0..1, whatever their level and height: the
 * left matrix profile (Yeh et al. 2016), where the products of shapes are kept up by one step for each reading. 0: it was there
 * before; 0.7: nothing was alike at all. Says nothing before 64 readings. Cost: linear in the shapes that are compared; 7.9 KB a key.
 */
export class Discord implements Detector {
  readonly width = PRODUCTS + LAGS;

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const seen = record[start + SEEN]!;
    if (seen === 0) record[start + ANCHOR] = reading.values[0]!;
    record[start + VALUES + (seen % KEPT)] = reading.values[0]! - record[start + ANCHOR]!;
    record[start + SEEN] = seen + 1;
    if (seen + 1 < SHAPE) return;
    describe(record, start, seen);
    const lags = Math.min(LAGS, seen + 2 - SHAPE - LEAST_LAG);
    const correlation = bestCorrelation(record, start, seen, lags);
    if (seen + 1 >= 4 * SHAPE) result[VALUE] = Math.sqrt(Math.max(0, (1 - correlation) / 2));
  }
}

/** Mean and deviation of the shape that ends here. */
function describe(record: Float64Array, start: number, now: number): void {
  let mean = 0;
  for (let i = 0; i < SHAPE; i++) mean += valueAt(record, start, now - i) / SHAPE;
  let squares = 0;
  for (let i = 0; i < SHAPE; i++) squares += (valueAt(record, start, now - i) - mean) ** 2;
  record[start + MEANS + (now % KEPT)] = mean;
  record[start + DEVIATIONS + (now % KEPT)] = Math.sqrt(squares);
}

/**
 * The greatest correlation with an earlier shape. What does not move at all is like whatever else does not, and like nothing that does.
 * One product at a time is made anew, so that errors do not add up.
 */
function bestCorrelation(record: Float64Array, start: number, now: number, lags: number): number {
  const newest = valueAt(record, start, now);
  const gone = valueAt(record, start, now - SHAPE);
  const mean = record[start + MEANS + (now % KEPT)]!;
  const deviation = record[start + DEVIATIONS + (now % KEPT)]!;
  const refreshed = now % LAGS;
  let best = -1;
  for (let lag = 0; lag < lags; lag++) {
    const other = now - LEAST_LAG - lag;
    const at = start + PRODUCTS + lag;
    if (lag === refreshed || other === FIRST) record[at] = product(record, start, now, other);
    else
      record[at] = record[at]! + newest * valueAt(record, start, other) - gone * valueAt(record, start, other - SHAPE);
    const otherDeviation = record[start + DEVIATIONS + (other % KEPT)]!;
    let correlation = deviation === otherDeviation ? 1 : 0;
    if (deviation > 0 && otherDeviation > 0) {
      const covariance = record[at]! - SHAPE * mean * record[start + MEANS + (other % KEPT)]!;
      correlation = covariance / (deviation * otherDeviation);
    }
    if (correlation > best) best = correlation;
  }
  return Math.min(1, best);
}

function product(record: Float64Array, start: number, one: number, other: number): number {
  let sum = 0;
  for (let i = 0; i < SHAPE; i++) sum += valueAt(record, start, one - i) * valueAt(record, start, other - i);
  return sum;
}

function valueAt(record: Float64Array, start: number, number: number): number {
  return record[start + VALUES + (number & (KEPT - 1))]!;
}
