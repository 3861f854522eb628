import type { GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from './query.ts';

/** Q1 */
export const filter: Query = {
  name: 'filter',
  title: 'temperature > 95 and status == 1',
  rules: 'stream hot = from s where temperature > 95 and status == 1 select temperature',
  output: 'hot',
  createHandLoop: () => new FilterLoop(),
};

class FilterLoop implements HandLoop {
  readonly #timeUs = new Float64Array(4_096);
  readonly #device = new Uint32Array(4_096);
  readonly #temperature = new Float64Array(4_096);
  readonly outputs = { length: 0, columns: [this.#timeUs, this.#device, this.#temperature] };

  take({ length, timeUs, device, temperature, status }: GoldenBatch): void {
    const outTimeUs = this.#timeUs;
    const outDevice = this.#device;
    const outTemperature = this.#temperature;
    let rows = 0;
    for (let i = 0; i < length; i++) {
      if (temperature[i]! > 95 && status[i] === 1) {
        outTimeUs[rows] = timeUs[i]!;
        outDevice[rows] = device[i]!;
        outTemperature[rows] = temperature[i]!;
        rows++;
      }
    }
    this.outputs.length = rows;
  }

  finish(): void {
    this.outputs.length = 0;
  }
}
