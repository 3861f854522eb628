import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from '../throughput/query.ts';

/** Each reading begins a match; `within` says only for how long, which three readings of a device never reach. */
export const rising: Query = {
  name: 'rising',
  title: 'three rising readings, the last one > 90',
  rules: `stream rising = match a: s ~> b: s[temperature > a.temperature] ~> c: s[temperature > b.temperature and temperature > 90]
  within 10s
  select a.temperature as first, b.temperature as second, c.temperature as third`,
  output: 'rising',
  createHandLoop: () => new RisingLoop(),
};

/** The last two readings by device. */
class RisingLoop implements HandLoop {
  readonly #last = new Float64Array(DEVICES).fill(Infinity);
  readonly #lastButOne = new Float64Array(DEVICES).fill(Infinity);
  readonly #timeUs = new Float64Array(4_096);
  readonly #device = new Uint32Array(4_096);
  readonly #first = new Float64Array(4_096);
  readonly #second = new Float64Array(4_096);
  readonly #third = new Float64Array(4_096);
  readonly outputs = { length: 0, columns: [this.#timeUs, this.#device, this.#first, this.#second, this.#third] };

  take({ length, timeUs, device, temperature }: GoldenBatch): void {
    const lasts = this.#last;
    const lastsButOne = this.#lastButOne;
    let rows = 0;
    for (let i = 0; i < length; i++) {
      const d = device[i]!;
      const x = temperature[i]!;
      const last = lasts[d]!;
      const lastButOne = lastsButOne[d]!;
      if (x > 90 && x > last && last > lastButOne) {
        this.#timeUs[rows] = timeUs[i]!;
        this.#device[rows] = d;
        this.#first[rows] = lastButOne;
        this.#second[rows] = last;
        this.#third[rows] = x;
        rows++;
      }
      lastsButOne[d] = last;
      lasts[d] = x;
    }
    this.outputs.length = rows;
  }

  finish(): void {
    this.outputs.length = 0;
  }
}
