import type { DetectorNode, RangeNode } from '../../dsl/plan.ts';
import type { Detector, Reading } from './detector.ts';

/** By what readings are judged: what is normal for a key. */
export interface Baseline {
  readonly width: number;
  /** All is learnt at first: for so long, or so many readings. */
  readonly learning: RangeNode['range'];
  /** Says what the reading is by those that were learnt. False: it is so far out that it must not be learnt. */
  judge(record: Float64Array, start: number, reading: Reading, result: Float64Array): boolean;
  /** `now`: how much time, or how many events, were learnt so far, this reading included. */
  learn(record: Float64Array, start: number, reading: Reading, now: number): void;
}

const SEEN = 0; // readings
const LAST = 1; // when the last one was
const NOW = 2; // what was learnt, in microseconds or events
const OUT = 3; // for how long readings have been too far out to be learnt, in microseconds
const WIDTH = 4;

/**
 * Keeps a baseline from learning faults, once it has learnt for a while: what is too far out is not learnt, and time that passes so does
 * not count, so that a spike hides no other, and a fault that lasts does not become normal. Where the call says `adapt 7d`, one that has lasted for so long is
 * taken for a new way of being normal, and all is learnt anew.
 */
export class Guarded implements Detector {
  readonly width: number;
  readonly #baseline: Baseline;
  readonly #isOfEvents: boolean;
  readonly #learning: number; // as NOW
  readonly #adaptUs: number;

  constructor({ adaptUs }: Pick<DetectorNode, 'adaptUs'>, baseline: Baseline) {
    const { learning } = baseline;
    this.#baseline = baseline;
    this.width = WIDTH + baseline.width;
    this.#isOfEvents = 'events' in learning;
    this.#learning = 'events' in learning ? learning.events : learning.us;
    this.#adaptUs = adaptUs ?? Infinity;
  }

  take(record: Float64Array, start: number, reading: Reading, result: Float64Array): void {
    const { timeUs } = reading;
    const own = start + WIDTH;
    const isLearning = record[start + NOW]! < this.#learning;
    const isNormal = this.#baseline.judge(record, own, reading, result) || isLearning;
    const since = record[start + SEEN] === 0 ? 0 : timeUs - record[start + LAST]!;
    record[start + SEEN] = record[start + SEEN]! + 1;
    record[start + LAST] = timeUs;
    record[start + OUT] = isNormal ? Math.max(0, record[start + OUT]! - since) : record[start + OUT]! + since;
    if (record[start + OUT]! >= this.#adaptUs) record.fill(0, start + NOW, own + this.#baseline.width);
    else if (!isNormal) return;
    record[start + NOW] = record[start + NOW]! + (this.#isOfEvents ? 1 : since);
    this.#baseline.learn(record, own, reading, record[start + NOW]!);
  }
}
