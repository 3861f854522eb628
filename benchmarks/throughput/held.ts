import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from './query.ts';

const FOR_US = 5_000_000;

/** A condition that has to hold for a time. */
export const held: Query = {
  name: 'for',
  title: 'high when temperature > 70 for 5s',
  rules: 'rule hot on s { high when temperature > 70 for 5s }',
  output: null,
  createHandLoop: () => new HeldLoop(),
};

class HeldLoop implements HandLoop {
  readonly #sinceUs = new Float64Array(DEVICES).fill(Infinity); // the condition holds
  readonly #isFiring = new Uint8Array(DEVICES);
  readonly #timeUs = new Float64Array(4_096 * 2);
  readonly #device = new Uint32Array(4_096 * 2);
  readonly #isRaised = new Uint8Array(4_096 * 2);
  readonly outputs = { length: 0, columns: [this.#timeUs, this.#device, this.#isRaised] };

  take({ length, timeUs, device, temperature }: GoldenBatch): void {
    this.outputs.length = 0;
    const sinceUs = this.#sinceUs;
    const isFiring = this.#isFiring;
    for (let i = 0; i < length; i++) {
      const d = device[i]!;
      const t = timeUs[i]!;
      const since = sinceUs[d]!;
      if (since + FOR_US <= t && isFiring[d] === 0) this.#raise(d);
      if (temperature[i]! > 70) {
        if (since === Infinity) sinceUs[d] = t;
      } else if (since !== Infinity) {
        sinceUs[d] = Infinity;
        if (isFiring[d] === 1) this.#clear(d, t);
      }
    }
  }

  finish(newestUs: number): void {
    this.outputs.length = 0;
    for (let d = 0; d < DEVICES; d++) {
      if (this.#sinceUs[d]! + FOR_US <= newestUs && this.#isFiring[d] === 0) this.#raise(d);
    }
  }

  #raise(d: number): void {
    this.#isFiring[d] = 1;
    this.#put(this.#sinceUs[d]! + FOR_US, d, 1);
  }

  #clear(d: number, timeUs: number): void {
    this.#isFiring[d] = 0;
    this.#put(timeUs, d, 0);
  }

  #put(timeUs: number, d: number, isRaised: 0 | 1): void {
    const i = this.outputs.length++;
    this.#timeUs[i] = timeUs;
    this.#device[i] = d;
    this.#isRaised[i] = isRaised;
  }
}
