import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from '../throughput/query.ts';

const WITHIN_US = 60_000_000;

/** Two streams of as many rows as there are events meet, and each row of one has a partner. */
export const latestJoin: Query = {
  name: 'latest-join',
  title: 'each temperature join the latest vibration within 1m',
  rules: `stream warm = from s select temperature
stream shaken = from s select vibration
stream both = from warm join shaken latest within 1m select temperature, vibration`,
  output: 'both',
  createHandLoop: () => new LatestLoop(),
};

/** At one time the temperature comes first, as its stream does in the file: its partner is the vibration of the event before. */
class LatestLoop implements HandLoop {
  readonly #lastUs = new Float64Array(DEVICES).fill(-Infinity);
  readonly #last = new Float64Array(DEVICES);
  readonly #timeUs = new Float64Array(4_096);
  readonly #device = new Uint32Array(4_096);
  readonly #temperature = new Float64Array(4_096);
  readonly #vibration = new Float64Array(4_096);
  readonly outputs = {
    length: 0,
    columns: [this.#timeUs, this.#device, this.#temperature, this.#vibration],
  };

  take({ length, timeUs, device, temperature, vibration }: GoldenBatch): void {
    let outputs = 0;
    for (let i = 0; i < length; i++) {
      const d = device[i]!;
      const t = timeUs[i]!;
      if (t - this.#lastUs[d]! < WITHIN_US) {
        this.#timeUs[outputs] = t;
        this.#device[outputs] = d;
        this.#temperature[outputs] = temperature[i]!;
        this.#vibration[outputs++] = this.#last[d]!;
      }
      this.#lastUs[d] = t;
      this.#last[d] = vibration[i]!;
    }
    this.outputs.length = outputs;
  }

  finish(): void {
    this.outputs.length = 0;
  }
}
