import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from '../throughput/query.ts';

const WITHIN_US = 10_000_000;

/** Q4 */
export const followedBy: Query = {
  name: 'followed-by',
  title: 'temperature > 90 -> vibration > 9.5 within 10s',
  rules: `stream q4 = match a: s[temperature > 90] -> b: s[vibration > 9.5] within 10s
  select a.temperature as temperature, a.time as first, b.vibration as vibration`,
  output: 'q4',
  createHandLoop: () => new FollowedByLoop(),
};

/** First events wait by device, in plain arrays. */
class FollowedByLoop implements HandLoop {
  readonly #waitingUs: number[][] = Array.from({ length: DEVICES }, () => []);
  readonly #waiting: number[][] = Array.from({ length: DEVICES }, () => []);
  readonly #timeUs = new Float64Array(4_096 * 2);
  readonly #device = new Uint32Array(4_096 * 2);
  readonly #temperature = new Float64Array(4_096 * 2);
  readonly #firstUs = new Float64Array(4_096 * 2);
  readonly #vibration = new Float64Array(4_096 * 2);
  readonly outputs = {
    length: 0,
    columns: [this.#timeUs, this.#device, this.#temperature, this.#firstUs, this.#vibration],
  };

  take({ length, timeUs, device, temperature, vibration }: GoldenBatch): void {
    this.outputs.length = 0;
    for (let i = 0; i < length; i++) {
      const d = device[i]!;
      if (vibration[i]! > 9.5 && this.#waiting[d]!.length > 0) this.#complete(d, timeUs[i]!, vibration[i]!);
      if (temperature[i]! > 90) {
        this.#waitingUs[d]!.push(timeUs[i]!);
        this.#waiting[d]!.push(temperature[i]!);
      }
    }
  }

  finish(): void {
    this.outputs.length = 0;
  }

  #complete(d: number, timeUs: number, vibration: number): void {
    const waitingUs = this.#waitingUs[d]!;
    const waiting = this.#waiting[d]!;
    for (let w = 0; w < waiting.length; w++) {
      if (timeUs - waitingUs[w]! >= WITHIN_US) continue;
      const i = this.outputs.length++;
      this.#timeUs[i] = timeUs;
      this.#device[i] = d;
      this.#temperature[i] = waiting[w]!;
      this.#firstUs[i] = waitingUs[w]!;
      this.#vibration[i] = vibration;
    }
    waitingUs.length = 0;
    waiting.length = 0;
  }
}
