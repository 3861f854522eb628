import { type Detector, type Reading, VALUE } from './detector.ts';
import { addRunning, RUNNING_WIDTH, runningCount, runningDeviation, runningMean } from './running-moments.ts';
import { leastScale } from './scale.ts';

/** How long the newest stretch has been: so many guesses are kept. */
const GUESSES = 32;
const HAZARD = 1 / 250; // of a change at a reading
const RECENT = 10; // readings
const WARM_UP = 30;

// What is thought of a stretch before its first reading: its mean is one of those so far, give or take three deviations.
const PRIOR_COUNT = 0.1; // readings
const PRIOR_SHAPE = 1; // of the gamma distribution of its precision

// Behind what is known of all readings, which says what a stretch may be that begins.
const SIZE = RUNNING_WIDTH; // how many guesses there are, the shortest stretch first
const LENGTHS = SIZE + 1; // readings of the stretch
const CHANCES = LENGTHS + GUESSES + 1;
const MEANS = CHANCES + GUESSES + 1;
const SCALES = MEANS + GUESSES + 1; // of the gamma distribution

/**
 * `change_point(x)`: how likely it is that level or spread of x have changed within the last ten readings, in 0..1: Bayesian online
 * change-point detection (Adams & MacKay 2007) for normal readings of unknown mean and variance, one change in 250 readings expected. Of
 * how long the newest stretch is, the 32 likeliest guesses are kept. Says nothing in the first 30 readings. Cost: linear in the
 * guesses; 1.1 KB a key.
 */
export class ChangePoint implements Detector {
  readonly width = SCALES + GUESSES + 1;

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
  const prior = runningMean(record, start);
  const deviation = leastScale(runningDeviation(record, start), prior);
  const priorScale = deviation * deviation * PRIOR_SHAPE;
  const size = record[start + SIZE]!;
  // All move by one place, and the first is the stretch that begins here.
  for (const part of [LENGTHS, CHANCES, MEANS, SCALES])
    record.copyWithin(start + part + 1, start + part, start + part + size);
  record[start + LENGTHS] = 0;
  record[start + CHANCES] = size === 0 ? 1 : HAZARD;
  record[start + MEANS] = prior;
  record[start + SCALES] = priorScale;
  record[start + SIZE] = size + 1;
  let total = 0;
  for (let i = 0; i <= size; i++) {
    const goesOn = i === 0 ? 1 : 1 - HAZARD;
    const chance = record[start + CHANCES + i]! * goesOn * take(record, start, i, value);
    record[start + CHANCES + i] = chance;
    total += chance;
  }
  if (!(total > 0)) {
    // A reading that no stretch could have had begins one.
    record.fill(0, start + CHANCES, start + CHANCES + size + 1);
    record[start + CHANCES] = 1;
    total = 1;
  }
  for (let i = 0; i <= size; i++) record[start + CHANCES + i] = record[start + CHANCES + i]! / total;
  if (size === GUESSES) forgetLeast(record, start);
}

/** The density of the reading in a stretch, times its deviation before; the stretch then has the reading (Murphy 2007). */
function take(record: Float64Array, start: number, guess: number, value: number): number {
  const length = record[start + LENGTHS + guess]!;
  const count = PRIOR_COUNT + length;
  const shape = PRIOR_SHAPE + length / 2;
  const mean = record[start + MEANS + guess]!;
  const scale = record[start + SCALES + guess]!;
  const distance = value - mean;
  const variance = (scale * (count + 1)) / (shape * count);
  const squared = (distance * distance) / variance;
  record[start + LENGTHS + guess] = length + 1;
  record[start + MEANS + guess] = mean + distance / (count + 1);
  record[start + SCALES + guess] = scale + (distance * distance * count) / (2 * (count + 1));
  // Student's density; the ratio of gammas by its series in 1/shape, to 1e-3 at 1.
  const ratio = Math.exp(-1 / (8 * shape) + 1 / (192 * shape ** 3));
  return (ratio / Math.sqrt(variance)) * (1 + squared / (2 * shape)) ** -(shape + 0.5);
}

/** The probability that the newest stretch has at most RECENT readings. */
function recent(record: Float64Array, start: number): number {
  let sum = 0;
  for (let i = 0; i < record[start + SIZE]! && record[start + LENGTHS + i]! <= RECENT; i++)
    sum += record[start + CHANCES + i]!;
  // All there is may be as short: then nothing has changed.
  const isAll = record[start + LENGTHS + record[start + SIZE]! - 1]! <= RECENT;
  return isAll ? 0 : Math.min(1, sum);
}

function forgetLeast(record: Float64Array, start: number): void {
  const size = record[start + SIZE]!;
  let least = size - 1;
  for (let i = 0; i < size; i++) if (record[start + CHANCES + i]! < record[start + CHANCES + least]!) least = i;
  for (const part of [LENGTHS, CHANCES, MEANS, SCALES])
    record.copyWithin(start + part + least, start + part + least + 1, start + part + size);
  record[start + SIZE] = size - 1;
}
