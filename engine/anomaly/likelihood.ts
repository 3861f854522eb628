import { type Detector, type Reading, VALUE } from './detector.ts';
import { upperTail } from './normal.ts';
import { leastScale } from './scale.ts';

const COUNT = 0;
const MEAN = 1;
const VARIANCE = 2;
const RECENT = 3; // the mean of the last few
const WARM_UP = 100; // readings
const LONG = 1 / 2000; // what a score is of the long run
const SHORT = 1 / 10;

/**
 * `likelihood(score)`: how unlikely it is that scores are as high as over the last ten readings by chance, in 0..1, by mean and deviation of
 * such averages before (Ahmad et al. 2017). For scores that are often high for a moment: what counts is that they are so more
 * often. Cost: constant; 32 bytes a key.
 */
export class Likelihood implements Detector {
  readonly width = 4;

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const score = reading.values[0]!;
    const count = record[start + COUNT]! + 1;
    const mean = record[start + MEAN]!;
    record[start + COUNT] = count;
    record[start + RECENT] = record[start + RECENT]! + Math.max(SHORT, 1 / count) * (score - record[start + RECENT]!);
    if (count > WARM_UP) {
      const scale = leastScale(Math.sqrt(record[start + VARIANCE]!), mean);
      result[VALUE] = 1 - upperTail((record[start + RECENT]! - mean) / scale);
    }
    const share = Math.max(LONG, 1 / count);
    const distance = record[start + RECENT]! - mean;
    record[start + MEAN] = mean + share * distance;
    record[start + VARIANCE] = (1 - share) * (record[start + VARIANCE]! + share * distance * distance);
  }
}
