import { type Detector, type Reading, VALUE } from './detector.ts';
import { addRunning, RUNNING_WIDTH, runningCount, runningDeviation, runningMean } from './running-moments.ts';
import { leastScale } from './scale.ts';

/** How long the newest stretch has been: so many guesses are kept. */
const GUESSES = 20;
const HAZARD = 1 / 250; // of a change at a reading
const RECENT = 10; // readings
const WARM_UP = 30;

// What is thought of a stretch before its first reading: its mean is one of those so far, give or take three deviations.
const PRIOR_COUNT = 0.1; // readings
const PRIOR_SHAPE = 1; // of the gamma distribution of its precision

// Behind what is known of all readings, which says what a stretch may be that begins.
const SIZE = RUNNING_WIDTH; // how many guesses there are
const FIRST = SIZE + 1; // the longest stretch

// Of a guess.
const LENGTH = 0; // readings of the stretch
const CHANCE = 1;
const MEAN = 2;
const SCALE = 3; // of the gamma distribution
const GUESS = 4;

/**
 * `change_point(x)`: how likely it is that level or spread of x have changed within the last ten readings, in 0..1: Bayesian online
 * change-point detection (Adams & MacKay 2007) for normal readings of unknown mean and variance, one change in 250 readings expected. Of
 * how long the newest stretch is, the 20 likeliest guesses are kept. Says nothing in the first 30 readings. Cost: linear in the
 * guesses; 0.7 KB a key.
 */
export class ChangePoint implements Detector {
  readonly width = FIRST + (GUESSES + 1) * GUESS;

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const value = reading.values[0]!;
    if (runningCount(record, start) >= WARM_UP) {
      consider(record, start, value);
      result[VALUE] = recent(record, start);
    }
    addRunning(record, start, value);
  }
}

/** Each stretch goes on with the reading, or has ended before it. */
function consider(record: Float64Array, start: number, value: number): void {
  const size = record[start + SIZE]!;
  const first = start + FIRST;
  const newest = first + size * GUESS;
  begin(record, start, newest);
  const total = take(record, { first, newest }, value);
  let least = first;
  if (total > 0) {
    for (let at = first; at <= newest; at += GUESS) {
      record[at + CHANCE] = record[at + CHANCE]! / total;
      if (record[at + CHANCE]! < record[least + CHANCE]!) least = at;
    }
  } else {
    // A reading that no stretch could have had begins one.
    for (let at = first; at < newest; at += GUESS) record[at + CHANCE] = 0;
    record[newest + CHANCE] = 1;
  }
  record[start + SIZE] = size + 1;
  if (size < GUESSES) return;
  record.copyWithin(least, least + GUESS, newest + GUESS);
  record[start + SIZE] = size;
}

function begin(record: Float64Array, start: number, at: number): void {
  const mean = runningMean(record, start);
  const deviation = leastScale(runningDeviation(record, start), mean);
  record[at + LENGTH] = 0;
  record[at + CHANCE] = at === start + FIRST ? 1 : HAZARD / (1 - HAZARD);
  record[at + MEAN] = mean;
  record[at + SCALE] = deviation * deviation * PRIOR_SHAPE;
}

type Guesses = { readonly first: number; readonly newest: number };

/**
 * The density of the reading in each stretch (Murphy 2007), times the deviation before, makes its chance, of which the sum is returned; each
 * stretch then has the reading. Student's density has a power of half a whole number, which is made of squares.
 */
function take(record: Float64Array, { first, newest }: Guesses, value: number): number {
  let total = 0;
  for (let at = first; at <= newest; at += GUESS) {
    const length = record[at + LENGTH]!;
    const scale = record[at + SCALE]!;
    const distance = value - record[at + MEAN]!;
    const count = PRIOR_COUNT + length;
    const shape = PRIOR_SHAPE + length / 2;
    const share = 1 / (count + 1);
    const weight = count * share; // of what the distance says
    const precision = weight / scale;
    const squares = distance * distance;
    const tail = 1 / (1 + (squares * precision) / 2);
    const exponent = length + 3; // twice
    let density = Math.sqrt(shape * precision * ((exponent & 1) === 1 ? tail : 1));
    for (let rest = exponent >> 1, power = tail; rest > 0; rest >>= 1, power *= power)
      if ((rest & 1) === 1) density *= power;
    const ratio = length < RATIOS.length ? RATIOS[length]! : 1 - 1 / (8 * shape);
    const chance = record[at + CHANCE]! * ratio * density;
    record[at + CHANCE] = chance;
    record[at + LENGTH] = length + 1;
    record[at + MEAN] = record[at + MEAN]! + distance * share;
    record[at + SCALE] = scale + (squares * weight) / 2;
    total += chance;
  }
  return total;
}

/** Γ(shape + ½) / Γ(shape) / √shape by length of the stretch: by its series in 1/shape, to 1e-3 at 1. */
const RATIOS = Float64Array.from({ length: 256 }, (_, length) => {
  const shape = PRIOR_SHAPE + length / 2;
  return Math.exp(-1 / (8 * shape) + 1 / (192 * shape ** 3));
});

/** The probability that the newest stretch has at most RECENT readings. */
function recent(record: Float64Array, start: number): number {
  const first = start + FIRST;
  // All there is may be as short: then nothing has changed.
  if (record[first + LENGTH]! <= RECENT) return 0;
  let sum = 0;
  for (let at = first + (record[start + SIZE]! - 1) * GUESS; record[at + LENGTH]! <= RECENT; at -= GUESS)
    sum += record[at + CHANCE]!;
  return Math.min(1, sum);
}
