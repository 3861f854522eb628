import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from '../throughput/query.ts';

const WITHIN_US = 5_000_000;

/** Each of two streams has a row for about a tenth of the events. */
export const intervalJoin: Query = {
  name: 'interval-join',
  title: 'temperature > 75 join vibration > 9 within 5s around',
  rules: `stream hot = from s where temperature > 75 select temperature
stream shaken = from s where vibration > 9 select vibration
stream pairs = from hot join shaken within 5s around select temperature, vibration`,
  output: 'pairs',
  createHandLoop: () => new IntervalLoop(),
};

/** Of a device, the rows of a side that may still have partners, the oldest first. */
type Waiting = { readonly timeUs: number[]; readonly values: number[] };

class IntervalLoop implements HandLoop {
  readonly #hot: Waiting[] = Array.from({ length: DEVICES }, () => ({ timeUs: [], values: [] }));
  readonly #shaken: Waiting[] = Array.from({ length: DEVICES }, () => ({ timeUs: [], values: [] }));
  readonly #timeUs = new Float64Array(4_096 * 8);
  readonly #device = new Uint32Array(4_096 * 8);
  readonly #temperature = new Float64Array(4_096 * 8);
  readonly #vibration = new Float64Array(4_096 * 8);
  readonly outputs = {
    length: 0,
    columns: [this.#timeUs, this.#device, this.#temperature, this.#vibration],
  };

  take({ length, timeUs, device, temperature, vibration }: GoldenBatch): void {
    this.outputs.length = 0;
    for (let i = 0; i < length; i++) {
      const d = device[i]!;
      const t = timeUs[i]!;
      const hot = this.#hot[d]!;
      const shaken = this.#shaken[d]!;
      if (temperature[i]! > 75) {
        letGo(shaken, t - WITHIN_US);
        for (const value of shaken.values) this.#add(t, d, temperature[i]!, value);
        hot.timeUs.push(t);
        hot.values.push(temperature[i]!);
      }
      if (vibration[i]! > 9) {
        letGo(hot, t - WITHIN_US);
        for (const value of hot.values) this.#add(t, d, value, vibration[i]!);
        shaken.timeUs.push(t);
        shaken.values.push(vibration[i]!);
      }
    }
  }

  finish(): void {
    this.outputs.length = 0;
  }

  #add(t: number, d: number, temperature: number, vibration: number): void {
    const at = this.outputs.length++;
    this.#timeUs[at] = t;
    this.#device[at] = d;
    this.#temperature[at] = temperature;
    this.#vibration[at] = vibration;
  }
}

/** What came at this time, or before. */
function letGo({ timeUs, values }: Waiting, untilUs: number): void {
  while (timeUs.length > 0 && timeUs[0]! <= untilUs) {
    timeUs.shift();
    values.shift();
  }
}
