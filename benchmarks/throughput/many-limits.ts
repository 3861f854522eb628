import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import { THRESHOLDS } from './many-rules.ts';
import type { HandLoop, Query } from './query.ts';

/** 100 streams that differ in one number: what the rules of many-rules.ts ask, with a row for each event above and no alarm. */
export const limits: Query = {
  name: '100-limits',
  title: '100 streams where temperature > x',
  rules: [...THRESHOLDS]
    .map((x, i) => `stream above_${i} = from s where temperature > ${x} select temperature, ${i} as rule`)
    .join('\n'),
  output: Array.from(THRESHOLDS, (_, i) => `above_${i}`),
  createHandLoop: () => new LimitLoop(),
};

/** 1,000 streams, each of one device. */
export const deviceLimits: Query = {
  name: '1000-limits',
  title: '1,000 streams where device == "dK" and temperature > 90',
  rules: Array.from(
    { length: DEVICES },
    (_, k) => `stream hot_${k} = from s where device == "d${k}" and temperature > 90 select temperature`,
  ).join('\n'),
  output: Array.from({ length: DEVICES }, (_, k) => `hot_${k}`),
  createHandLoop: () => new DeviceLimitLoop(),
};

/** The thresholds rise, so the first one that is not exceeded ends the loop. */
class LimitLoop implements HandLoop {
  readonly #timeUs = new Float64Array(4_096 * 100);
  readonly #device = new Uint32Array(4_096 * 100);
  readonly #temperature = new Float64Array(4_096 * 100);
  readonly #rule = new Uint8Array(4_096 * 100);
  readonly outputs = { length: 0, columns: [this.#timeUs, this.#device, this.#temperature, this.#rule] };

  take({ length, timeUs, device, temperature }: GoldenBatch): void {
    let rows = 0;
    for (let i = 0; i < length; i++) {
      const x = temperature[i]!;
      for (let rule = 0; rule < THRESHOLDS.length && x > THRESHOLDS[rule]!; rule++) {
        this.#timeUs[rows] = timeUs[i]!;
        this.#device[rows] = device[i]!;
        this.#temperature[rows] = x;
        this.#rule[rows] = rule;
        rows++;
      }
    }
    this.outputs.length = rows;
  }

  finish(): void {
    this.outputs.length = 0;
  }
}

/** Each device has the same limit, and there is a stream for each. */
class DeviceLimitLoop implements HandLoop {
  readonly #timeUs = new Float64Array(4_096);
  readonly #device = new Uint32Array(4_096);
  readonly #temperature = new Float64Array(4_096);
  readonly outputs = { length: 0, columns: [this.#timeUs, this.#device, this.#temperature] };

  take({ length, timeUs, device, temperature }: GoldenBatch): void {
    let rows = 0;
    for (let i = 0; i < length; i++) {
      const x = temperature[i]!;
      if (x <= 90) continue;
      this.#timeUs[rows] = timeUs[i]!;
      this.#device[rows] = device[i]!;
      this.#temperature[rows] = x;
      rows++;
    }
    this.outputs.length = rows;
  }

  finish(): void {
    this.outputs.length = 0;
  }
}
