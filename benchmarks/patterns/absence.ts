import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from '../throughput/query.ts';

const FOR_US = 3_000_000;

export const absence: Query = {
  name: 'absence',
  title: 'temperature > 95 -> not vibration > 5 for 3s',
  rules: `stream calm = match a: s[temperature > 95] -> not s[vibration > 5] for 3s within 4s
  select a.temperature as temperature`,
  output: 'calm',
  createHandLoop: () => new AbsenceLoop(),
};

/** First events wait by device until they are due, or something shakes. */
class AbsenceLoop implements HandLoop {
  readonly #waitingUs: number[][] = Array.from({ length: DEVICES }, () => []);
  readonly #waiting: number[][] = Array.from({ length: DEVICES }, () => []);
  readonly #timeUs = new Float64Array(4_096 * 4);
  readonly #device = new Uint32Array(4_096 * 4);
  readonly #temperature = new Float64Array(4_096 * 4);
  readonly outputs = { length: 0, columns: [this.#timeUs, this.#device, this.#temperature] };

  take({ length, timeUs, device, temperature, vibration }: GoldenBatch): void {
    this.outputs.length = 0;
    for (let i = 0; i < length; i++) {
      const d = device[i]!;
      const t = timeUs[i]!;
      if (this.#waiting[d]!.length > 0) {
        this.#moveTo(d, t);
        if (vibration[i]! > 5) this.#calmIsOver(d);
      }
      if (temperature[i]! > 95) {
        this.#waitingUs[d]!.push(t);
        this.#waiting[d]!.push(temperature[i]!);
      }
    }
  }

  finish(newestUs: number): void {
    this.outputs.length = 0;
    for (let d = 0; d < DEVICES; d++) this.#moveTo(d, newestUs);
  }

  #moveTo(d: number, timeUs: number): void {
    const waitingUs = this.#waitingUs[d]!;
    while (waitingUs.length > 0 && waitingUs[0]! + FOR_US <= timeUs) {
      const i = this.outputs.length++;
      this.#timeUs[i] = waitingUs.shift()! + FOR_US;
      this.#device[i] = d;
      this.#temperature[i] = this.#waiting[d]!.shift()!;
    }
  }

  #calmIsOver(d: number): void {
    this.#waitingUs[d]!.length = 0;
    this.#waiting[d]!.length = 0;
  }
}
