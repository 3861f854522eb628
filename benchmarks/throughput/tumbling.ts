import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from './query.ts';

const SIZE_US = 10_000_000;

const SELECT = `select avg(temperature) as mean, count() as n, min(temperature) as low, max(temperature) as high, stddev(temperature) as spread`;

/** Q2 */
export const tumbling: Query = {
  name: 'tumbling',
  title: 'avg, count, min, max, stddev per device in 10 s',
  rules: `stream summary = from s window tumbling 10s ${SELECT}`,
  output: 'summary',
  createHandLoop: () => new TumblingLoop(batch => batch.device),
};

/** The same where events wait for earlier ones. */
export const reordered: Query = {
  ...tumbling,
  name: 'tumbling-lateness',
  title: `${tumbling.title}, lateness 5s`,
  latenessText: 'lateness 5s',
};

/** The same by another key, of which each row waits for all devices. */
export const rekeyed: Query = {
  ...tumbling,
  name: 'tumbling-by',
  title: 'the same by status',
  rules: `stream summary = from s window tumbling 10s by status ${SELECT}`,
  createHandLoop: () => new TumblingLoop(batch => batch.status),
};

class TumblingLoop implements HandLoop {
  readonly #keysOf: (batch: GoldenBatch) => Uint32Array | Float64Array;
  readonly #startUs = new Float64Array(DEVICES);
  readonly #count = new Uint32Array(DEVICES);
  readonly #sum = new Float64Array(DEVICES);
  readonly #low = new Float64Array(DEVICES);
  readonly #high = new Float64Array(DEVICES);
  readonly #mean = new Float64Array(DEVICES);
  readonly #squares = new Float64Array(DEVICES);
  readonly #rows = {
    timeUs: new Float64Array(4_096),
    device: new Uint32Array(4_096),
    mean: new Float64Array(4_096),
    count: new Float64Array(4_096),
    low: new Float64Array(4_096),
    high: new Float64Array(4_096),
    spread: new Float64Array(4_096),
  };
  readonly outputs = { length: 0, columns: Object.values(this.#rows) };

  constructor(keysOf: (batch: GoldenBatch) => Uint32Array | Float64Array) {
    this.#keysOf = keysOf;
  }

  take(batch: GoldenBatch): void {
    this.outputs.length = 0;
    const { length, timeUs, temperature } = batch;
    const keys = this.#keysOf(batch);
    const startUs = this.#startUs;
    const count = this.#count;
    const sum = this.#sum;
    const low = this.#low;
    const high = this.#high;
    const mean = this.#mean;
    const squares = this.#squares;
    for (let i = 0; i < length; i++) {
      const d = keys[i]!;
      const x = temperature[i]!;
      if (timeUs[i]! >= startUs[d]! + SIZE_US) {
        if (count[d]! > 0) this.#close(d);
        startUs[d] = Math.floor(timeUs[i]! / SIZE_US) * SIZE_US;
        count[d] = 0;
        sum[d] = 0;
        low[d] = Infinity;
        high[d] = -Infinity;
        mean[d] = 0;
        squares[d] = 0;
      }
      const n = count[d]! + 1;
      count[d] = n;
      sum[d]! += x;
      if (x < low[d]!) low[d] = x;
      if (x > high[d]!) high[d] = x;
      const before = x - mean[d]!;
      const after = mean[d]! + before / n;
      mean[d] = after;
      squares[d]! += before * (x - after);
    }
  }

  finish(newestUs: number): void {
    this.outputs.length = 0;
    for (let d = 0; d < DEVICES; d++) {
      if (this.#count[d]! > 0 && this.#startUs[d]! + SIZE_US <= newestUs) this.#close(d);
    }
  }

  #close(d: number): void {
    const rows = this.#rows;
    const i = this.outputs.length++;
    const n = this.#count[d]!;
    rows.timeUs[i] = this.#startUs[d]!;
    rows.device[i] = d;
    rows.mean[i] = this.#sum[d]! / n;
    rows.count[i] = n;
    rows.low[i] = this.#low[d]!;
    rows.high[i] = this.#high[d]!;
    rows.spread[i] = n < 2 ? Number.NaN : Math.sqrt(this.#squares[d]! / (n - 1));
  }
}
