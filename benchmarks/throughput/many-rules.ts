import { DEVICES, type GoldenBatch } from '../golden-stream.ts';
import type { HandLoop, Query } from './query.ts';

export const THRESHOLDS = Float64Array.from({ length: 100 }, (_, i) => 119 + i / 100);

/** 100 rules that differ in one number. */
export const thresholds: Query = {
  name: '100-thresholds',
  title: '100 rules temperature > x',
  rules: [...THRESHOLDS].map((x, i) => `rule above_${i} on s { high when temperature > ${x} }`).join('\n'),
  output: null,
  createHandLoop: () => new ThresholdLoop(),
};

/** 1,000 rules, each of one device. */
export const equalities: Query = {
  name: '1000-equalities',
  title: '1,000 rules device == "dK" and temperature > 90',
  rules: Array.from({ length: DEVICES }, (_, k) => equalityRule(k)).join('\n'),
  output: null,
  createHandLoop: () => new EqualityLoop(() => true),
};

/** One of them alone: what the thousand are compared with. */
export const equality: Query = {
  name: '1-equality',
  title: 'device == "d7" and temperature > 90',
  rules: equalityRule(7),
  output: null,
  createHandLoop: () => new EqualityLoop(device => device === 7),
};

/** One rule that raises the alerts of all the thousand: what they cost beside being delivered. */
export const withoutEquality: Query = {
  name: '1-without-equality',
  title: 'temperature > 90',
  rules: 'rule hot on s { high when temperature > 90 }',
  output: null,
  createHandLoop: () => new EqualityLoop(() => true),
};

function equalityRule(device: number): string {
  return `rule hot_${device} on s { high when device == "d${device}" and temperature > 90 }`;
}

/** Changes of one-event alerts: raised where the condition comes to hold, cleared where it ceases to. */
class Changes {
  readonly #timeUs = new Float64Array(4_096 * 200);
  readonly #device = new Uint32Array(4_096 * 200);
  readonly #isRaised = new Uint8Array(4_096 * 200);
  readonly outputs = { length: 0, columns: [this.#timeUs, this.#device, this.#isRaised] };

  put(timeUs: number, device: number, isRaised: 0 | 1): void {
    const i = this.outputs.length++;
    this.#timeUs[i] = timeUs;
    this.#device[i] = device;
    this.#isRaised[i] = isRaised;
  }
}

/** All its state is how many of the thresholds a device is above. */
class ThresholdLoop implements HandLoop {
  readonly #above = new Uint8Array(DEVICES);
  readonly #changes = new Changes();
  readonly outputs = this.#changes.outputs;

  take({ length, timeUs, device, temperature }: GoldenBatch): void {
    this.outputs.length = 0;
    const aboves = this.#above;
    for (let i = 0; i < length; i++) {
      const d = device[i]!;
      const x = temperature[i]!;
      let above = aboves[d]!;
      for (; above < THRESHOLDS.length && x > THRESHOLDS[above]!; above++) this.#changes.put(timeUs[i]!, d, 1);
      for (; above > 0 && x <= THRESHOLDS[above - 1]!; above--) this.#changes.put(timeUs[i]!, d, 0);
      aboves[d] = above;
    }
  }

  finish(): void {
    this.outputs.length = 0;
  }
}

class EqualityLoop implements HandLoop {
  readonly #isWatched: Uint8Array;
  readonly #isFiring = new Uint8Array(DEVICES);
  readonly #changes = new Changes();
  readonly outputs = this.#changes.outputs;

  constructor(isWatched: (device: number) => boolean) {
    this.#isWatched = Uint8Array.from({ length: DEVICES }, (_, device) => (isWatched(device) ? 1 : 0));
  }

  take({ length, timeUs, device, temperature }: GoldenBatch): void {
    this.outputs.length = 0;
    const isWatched = this.#isWatched;
    const isFiring = this.#isFiring;
    for (let i = 0; i < length; i++) {
      const d = device[i]!;
      const isHot = temperature[i]! > 90 && isWatched[d] === 1 ? 1 : 0;
      if (isHot === isFiring[d]) continue;
      isFiring[d] = isHot;
      this.#changes.put(timeUs[i]!, d, isHot);
    }
  }

  finish(): void {
    this.outputs.length = 0;
  }
}
