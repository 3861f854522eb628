import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from './query.ts';

const RANGE_US = 60_000_000;
const CAPACITY = 128; // a device has 60 events in a minute

/** Q3; `average` is of all events, so it is selected before `where`. */
export const sliding: Query = {
  name: 'sliding',
  title: 'temperature > 1.5 * avg(temperature, 60s)',
  rules: `stream averaged = from s select temperature, avg(temperature, 60s) as average
stream unusual = from averaged where temperature > 1.5 * average select temperature, average`,
  output: 'unusual',
  createHandLoop: () => new SlidingLoop(),
};

/** A ring per device and a running sum, from which what leaves is subtracted. */
class SlidingLoop implements HandLoop {
  readonly #sum = new Float64Array(DEVICES);
  readonly #head = new Uint32Array(DEVICES);
  readonly #tail = new Uint32Array(DEVICES);
  readonly #ringTimeUs = new Float64Array(DEVICES * CAPACITY);
  readonly #ringValue = new Float64Array(DEVICES * CAPACITY);
  readonly #timeUs = new Float64Array(4_096);
  readonly #device = new Uint32Array(4_096);
  readonly #temperature = new Float64Array(4_096);
  readonly #average = new Float64Array(4_096);
  readonly outputs = { length: 0, columns: [this.#timeUs, this.#device, this.#temperature, this.#average] };

  take({ length, timeUs, device, temperature }: GoldenBatch): void {
    const sums = this.#sum;
    const heads = this.#head;
    const tails = this.#tail;
    const ringTimeUs = this.#ringTimeUs;
    const ringValue = this.#ringValue;
    let rows = 0;
    for (let i = 0; i < length; i++) {
      const d = device[i]!;
      const t = timeUs[i]!;
      const x = temperature[i]!;
      const base = d * CAPACITY;
      const tail = tails[d]!;
      let head = heads[d]!;
      let sum = sums[d]!;
      while (head < tail && ringTimeUs[base + (head % CAPACITY)]! <= t - RANGE_US) {
        sum -= ringValue[base + (head % CAPACITY)]!;
        head++;
      }
      sum += x;
      ringTimeUs[base + (tail % CAPACITY)] = t;
      ringValue[base + (tail % CAPACITY)] = x;
      sums[d] = sum;
      heads[d] = head;
      tails[d] = tail + 1;
      const average = sum / (tail + 1 - head);
      if (x > 1.5 * average) {
        this.#timeUs[rows] = t;
        this.#device[rows] = d;
        this.#temperature[rows] = x;
        this.#average[rows] = average;
        rows++;
      }
    }
    this.outputs.length = rows;
  }

  finish(): void {
    this.outputs.length = 0;
  }
}
