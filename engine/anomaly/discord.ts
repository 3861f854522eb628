import { type Detector, type Reading, VALUE } from './detector.ts';

const SHAPE = 16; // readings of a shape
const THIRD = (SHAPE - 1) / 3; // of the readings before its last one
const EVERY = 8; // readings: it is compared
const LEAST_LAG = 8; // readings: a shape is like itself a moment ago
const LAGS = 216; // so many earlier shapes are compared
const KEPT = 240; // readings; not less than LEAST_LAG + LAGS + SHAPE − 1
const ROOM = 16; // for new ones; then those that are kept move to the front, so that no loop over them wraps around

const SEEN = 0; // readings
const SCORE = 1; // the result so far
const VALUES = 2;
const INVERSES = VALUES + KEPT + ROOM; // of the shape that ends with a reading: of the root of its sum of squares; 0: it does not move

const WARM_UP = 64; // readings
const LEAST_DEVIATION = 1e-150; // of what moves

/**
 * `discord(x)`: how little the shape of the last 16 readings looks like any of 216 before it, in 0..1, whatever their level and height: the
 * left matrix profile (Yeh et al. 2016) of every eighth reading, in between as it was. 0: it was there before; 0.7: nothing was alike at
 * all. Says nothing before 64 readings. Cost: at each eighth reading 15 products for each shape that is compared
 * (docs/decisions/0060); 4.1 KB a key.
 */
export class Discord implements Detector {
  readonly width = INVERSES + KEPT + ROOM;
  readonly #newest = new Float64Array(SHAPE); // the shape, less its mean, from its last reading back

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const seen = record[start + SEEN]!;
    const place = placeFor(record, start, seen);
    const value = start + VALUES + place;
    record[value] = reading.values[0]!;
    record[start + SEEN] = seen + 1;
    if (seen + 1 < SHAPE) return;
    const inverse = inverseOf(record, value);
    record[start + INVERSES + place] = inverse;
    if (seen + 1 < WARM_UP) return;
    if ((seen + 1) % EVERY === 0) {
      const lags = Math.min(LAGS, seen + 2 - SHAPE - LEAST_LAG);
      const others = { values: value - LEAST_LAG, inverses: start + INVERSES + place - LEAST_LAG, lags };
      const likeness = inverse === 0 ? stillness(record, others) : this.#likeness(record, value, others) * inverse;
      record[start + SCORE] = Math.sqrt(Math.max(0, (1 - likeness) / 2));
    }
    result[VALUE] = record[start + SCORE]!;
  }

  /**
   * With the shape that is most alike, not divided by the newest one's deviation. As the newest has no mean, that of the others does not
   * count: they are measured from their last reading, so that a large level costs no digits. benchmark: detectors
   */
  #likeness(record: Float64Array, value: number, { values, inverses, lags }: Others): number {
    const newest = this.#newest;
    this.#center(record, value);
    let likeness = -Infinity;
    for (let lag = 0; lag < lags; lag++) {
      const other = (values - lag) | 0;
      const last = record[other]!;
      let late = 0; // three sums side by side, as an addition waits for the one before
      let middle = 0;
      let early = 0;
      for (let i = 1; i <= THIRD; i++) {
        late += newest[i]! * (record[(other - i) | 0]! - last);
        middle += newest[i + THIRD]! * (record[(other - THIRD - i) | 0]! - last);
        early += newest[i + 2 * THIRD]! * (record[(other - 2 * THIRD - i) | 0]! - last);
      }
      const own = (late + middle + early) * record[(inverses - lag) | 0]!;
      if (own > likeness) likeness = own;
    }
    return likeness;
  }

  #center(record: Float64Array, value: number): void {
    const last = record[value]!;
    const offset = offsetOf(record, value);
    for (let i = 0; i < SHAPE; i++) this.#newest[i] = record[value - i]! - last - offset;
  }
}

/** Where the newest of the earlier shapes ends, where its inverse is, and how many there are. */
type Others = { readonly values: number; readonly inverses: number; readonly lags: number };

/** Of a reading, the first being 0. Makes room for it. */
function placeFor(record: Float64Array, start: number, seen: number): number {
  if (seen < KEPT + ROOM) return seen;
  const place = KEPT + ((seen - KEPT) % ROOM);
  if (place > KEPT) return place;
  for (const first of [start + VALUES, start + INVERSES]) record.copyWithin(first, first + ROOM, first + ROOM + KEPT);
  return place;
}

function inverseOf(record: Float64Array, value: number): number {
  const last = record[value]!;
  const offset = offsetOf(record, value);
  let squares = 0;
  for (let i = 0; i < SHAPE; i++) {
    const distance = record[value - i]! - last - offset;
    squares += distance * distance;
  }
  const deviation = Math.sqrt(squares);
  return deviation > LEAST_DEVIATION ? 1 / deviation : 0;
}

/** By how much the mean of a shape is above its last reading. */
function offsetOf(record: Float64Array, value: number): number {
  const last = record[value]!;
  let sum = 0;
  for (let i = 1; i < SHAPE; i++) sum += record[value - i]! - last;
  return sum / SHAPE;
}

/** What does not move at all is like whatever else does not, and like nothing that does. */
function stillness(record: Float64Array, { inverses, lags }: Others): number {
  for (let lag = 0; lag < lags; lag++) if (record[inverses - lag] === 0) return 1;
  return 0;
}
