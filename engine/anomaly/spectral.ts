import { type Detector, type Reading, VALUE } from './detector.ts';
import { powerSpectrum } from './spectrum.ts';

const WINDOW = 256; // readings
const EVERY = 64; // readings
const MOST_GAP = 2; // mean distances between readings, that one of them may be

const SEEN = 0; // readings
const BAND = 1; // the result so far
const TIMES = 2;
const VALUES = TIMES + WINDOW;

/**
 * `spectral(x, low, high)`: the root mean square of what x swings at frequencies between the two, in x's unit: the energy of a band, as
 * bearings and gears show theirs. By a fast Fourier transform of the last 256 readings (Hann's window), at each 64th, in between as it was; null
 * until there are so many without a gap, and where the readings are too far apart to show such a frequency. A band that is no constant, as
 * one that follows the speed of a shaft, is that of the reading at which the transform is made. Cost: constant; 4 KB a key.
 */
export class SpectralBand implements Detector {
  readonly width = VALUES + WINDOW;
  readonly #band: readonly number[] | null; // null: the reading says it
  readonly #ordered = new Float64Array(WINDOW);

  /** `band`: low and high, in Hz; without them they are the second and third value of each reading. */
  constructor(band: readonly number[]) {
    this.#band = band.length === 0 ? null : band;
  }

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const seen = record[start + SEEN]!;
    const at = seen % WINDOW;
    record[start + TIMES + at] = reading.timeUs;
    record[start + VALUES + at] = reading.values[0]!;
    record[start + SEEN] = seen + 1;
    if (seen + 1 < WINDOW) return;
    if ((seen + 1) % EVERY === 0) {
      const [low, high] = this.#band ?? reading.values.subarray(1);
      record[start + BAND] = this.#rootMeanSquare(record, start, { oldest: (at + 1) % WINDOW, low: low!, high: high! });
    }
    const band = record[start + BAND]!;
    if (band >= 0 && band < Infinity) result[VALUE] = band;
  }

  /** −1: the window cannot tell. */
  #rootMeanSquare(record: Float64Array, start: number, { oldest, low, high }: Asked): number {
    if (!(low >= 0 && low <= high)) return -1;
    let before = record[start + TIMES + oldest]!;
    const distance = (record[start + TIMES + ((oldest + WINDOW - 1) % WINDOW)]! - before) / (WINDOW - 1);
    for (let i = 0; i < WINDOW; i++) {
      const at = (oldest + i) % WINDOW;
      const timeUs = record[start + TIMES + at]!;
      if (timeUs - before > MOST_GAP * distance) return -1;
      before = timeUs;
      this.#ordered[i] = record[start + VALUES + at]!;
    }
    const perBin = 1e6 / distance / WINDOW; // Hz
    if (distance <= 0 || high > (perBin * WINDOW) / 2) return -1;
    const powers = powerSpectrum(this.#ordered);
    let sum = 0;
    const last = Math.min(WINDOW / 2, Math.ceil(high / perBin));
    for (let bin = Math.max(1, Math.floor(low / perBin)); bin <= last; bin++) sum += powers[bin]!;
    return Math.sqrt(sum);
  }
}

type Asked = { readonly oldest: number; readonly low: number; readonly high: number };
