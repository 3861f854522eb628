import type { HandLoop } from '../../throughput/query.ts';
import { type PumpBatch, PUMPS } from './readings.ts';

const SECOND_US = 1_000_000;
const MINUTE_US = 60 * SECOND_US;
const SILENCE_US = MINUTE_US;

/** The rules by hand, for events in order that are all good: what is due is looked for at each event of its pump, and at the end. */
export class PumpLoop implements HandLoop {
  readonly #changes = new Changes();
  readonly #seenUs = new Float64Array(PUMPS).fill(Number.NaN);
  readonly #acoustic = new Averages(MINUTE_US);
  readonly #filterDrop = new Averages(5 * MINUTE_US);
  readonly #envelope = new Averages(10 * MINUTE_US);
  readonly #ranges = SENSORS_THAT_STICK.map(() => new Ranges(5 * MINUTE_US));
  readonly #dryRunning = this.#alarm(10 * SECOND_US, 30 * SECOND_US);
  readonly #cavitation = this.#alarm(30 * SECOND_US, 2 * MINUTE_US);
  readonly #blockedFilter = this.#alarm(5 * MINUTE_US, 5 * MINUTE_US);
  readonly #bearingWear = this.#alarm(10 * MINUTE_US, 10 * MINUTE_US);
  readonly #stuckSensor = this.#alarm(0, MINUTE_US);
  readonly #vibration = this.#alarm(MINUTE_US, 2 * MINUTE_US);
  readonly #motorHot = this.#alarm(MINUTE_US, MINUTE_US);
  readonly outputs = this.#changes.outputs;

  take(batch: PumpBatch): void {
    this.outputs.length = 0;
    for (let i = 0; i < batch.length; i++) {
      const pump = batch.device[i]!;
      const timeUs = batch.timeUs[i]!;
      this.#heard(pump, timeUs);
      const isRunning = batch.status[i] === 2;
      const flow = batch.flow[i]!;
      this.#dryRunning.see(pump, timeUs, isRunning && flow < 20 && batch.current[i]! < 30, flow > 60);
      const acoustic = this.#acoustic.add(pump, timeUs, batch.acoustic[i]!);
      this.#cavitation.see(pump, timeUs, acoustic > 2, acoustic < 1.4);
      const drop = flow > 50 ? (batch.inlet[i]! - batch.suction[i]!) / (flow / 250) ** 2 : Number.NaN;
      const filterDrop = this.#filterDrop.add(pump, timeUs, drop);
      if (!Number.isNaN(filterDrop)) this.#blockedFilter.see(pump, timeUs, filterDrop > 0.3, filterDrop < 0.2);
      const envelope = this.#envelope.add(pump, timeUs, batch.envelope[i]!);
      this.#bearingWear.see(pump, timeUs, envelope > 1.8, envelope < 1.4);
      let least = Infinity;
      for (let sensor = 0; sensor < SENSORS_THAT_STICK.length; sensor++) {
        const value = batch[SENSORS_THAT_STICK[sensor]!][i]!;
        least = Math.min(least, this.#ranges[sensor]!.add(pump, timeUs, value));
      }
      const isStuck = isRunning && this.#ranges[0]!.count(pump) >= 200 && least === 0;
      this.#stuckSensor.see(pump, timeUs, isStuck, least > 0);
      this.#vibration.see(pump, timeUs, batch.vibration[i]! > 4.5, batch.vibration[i]! < 3.5);
      this.#motorHot.see(pump, timeUs, batch.temperature[i]! > 120, batch.temperature[i]! < 110);
    }
  }

  finish(newestUs: number): void {
    this.outputs.length = 0;
    for (let pump = 0; pump < PUMPS; pump++) {
      if (this.#seenUs[pump]! + SILENCE_US <= newestUs) this.#changes.put(this.#seenUs[pump]! + SILENCE_US, pump, 1);
      for (const alarm of [
        this.#dryRunning,
        this.#cavitation,
        this.#blockedFilter,
        this.#bearingWear,
        this.#stuckSensor,
        this.#vibration,
        this.#motorHot,
      ]) {
        alarm.moveTo(pump, newestUs);
      }
    }
  }

  #alarm(raiseUs: number, clearUs: number): HeldAlarm {
    return new HeldAlarm({ raiseUs, clearUs, changes: this.#changes });
  }

  #heard(pump: number, timeUs: number): void {
    const seenUs = this.#seenUs[pump]!;
    this.#seenUs[pump] = timeUs;
    if (!(seenUs + SILENCE_US <= timeUs)) return;
    this.#changes.put(seenUs + SILENCE_US, pump, 1);
    this.#changes.put(timeUs, pump, 0);
  }
}

/** Raised where a condition held for a time, cleared where another did. */
class HeldAlarm {
  readonly #raiseUs: number;
  readonly #clearUs: number;
  readonly #changes: Changes;
  readonly #sinceUs = new Float64Array(PUMPS).fill(Infinity); // what would change it holds
  readonly #isFiring = new Uint8Array(PUMPS);

  constructor(options: { readonly raiseUs: number; readonly clearUs: number; readonly changes: Changes }) {
    this.#raiseUs = options.raiseUs;
    this.#clearUs = options.clearUs;
    this.#changes = options.changes;
  }

  see(pump: number, timeUs: number, isRaising: boolean, isClearing: boolean): void {
    this.moveTo(pump, timeUs);
    const holds = this.#isFiring[pump] === 1 ? isClearing : isRaising;
    if (!holds) this.#sinceUs[pump] = Infinity;
    else if (this.#sinceUs[pump] === Infinity) this.#sinceUs[pump] = timeUs;
    if (this.#raiseUs === 0) this.moveTo(pump, timeUs);
  }

  moveTo(pump: number, timeUs: number): void {
    const isFiring = this.#isFiring[pump] === 1;
    const dueUs = this.#sinceUs[pump]! + (isFiring ? this.#clearUs : this.#raiseUs);
    if (dueUs > timeUs) return;
    this.#isFiring[pump] = isFiring ? 0 : 1;
    this.#sinceUs[pump] = Infinity;
    this.#changes.put(dueUs, pump, isFiring ? 0 : 1);
  }
}

/** The last so many µs of a pump's values, in rings. */
class Values {
  readonly times: Float64Array[] = Array.from({ length: PUMPS }, () => new Float64Array(RING));
  readonly values: Float64Array[] = Array.from({ length: PUMPS }, () => new Float64Array(RING));
  readonly first = new Uint32Array(PUMPS); // grows for ever, as `next` does
  readonly next = new Uint32Array(PUMPS);

  put(pump: number, timeUs: number, value: number): void {
    const place = this.next[pump]! & (RING - 1);
    this.times[pump]![place] = timeUs;
    this.values[pump]![place] = value;
    this.next[pump]!++;
  }

  /** The oldest value, if it is as old; else NaN. */
  takeUntil(pump: number, timeUs: number): number {
    const place = this.first[pump]! & (RING - 1);
    if (this.first[pump] === this.next[pump] || this.times[pump]![place]! > timeUs) return Number.NaN;
    this.first[pump]!++;
    return this.values[pump]![place]!;
  }
}

class Averages {
  readonly #rangeUs: number;
  readonly #values = new Values();
  readonly #sums = new Float64Array(PUMPS);

  constructor(rangeUs: number) {
    this.#rangeUs = rangeUs;
  }

  /** NaN is no value; where there is none, there is no average. */
  add(pump: number, timeUs: number, value: number): number {
    const { first, next } = this.#values;
    for (;;) {
      const old = this.#values.takeUntil(pump, timeUs - this.#rangeUs);
      if (Number.isNaN(old)) break;
      this.#sums[pump]! -= old;
    }
    if (!Number.isNaN(value)) {
      this.#values.put(pump, timeUs, value);
      this.#sums[pump]! += value;
    }
    const count = next[pump]! - first[pump]!;
    return count === 0 ? Number.NaN : this.#sums[pump]! / count;
  }
}

/** The greatest less the least, by values that no later one has passed. */
class Ranges {
  readonly #rangeUs: number;
  readonly #all = new Values();
  readonly #least = new Values();
  readonly #greatest = new Values();

  constructor(rangeUs: number) {
    this.#rangeUs = rangeUs;
  }

  count(pump: number): number {
    return this.#all.next[pump]! - this.#all.first[pump]!;
  }

  add(pump: number, timeUs: number, value: number): number {
    for (const values of [this.#all, this.#least, this.#greatest]) {
      while (!Number.isNaN(values.takeUntil(pump, timeUs - this.#rangeUs)));
    }
    this.#all.put(pump, timeUs, value);
    return (
      extreme(this.#greatest, pump, { timeUs, value, sign: 1 }) -
      extreme(this.#least, pump, { timeUs, value, sign: -1 })
    );
  }
}

function extreme(
  kept: Values,
  pump: number,
  { timeUs, value, sign }: { readonly timeUs: number; readonly value: number; readonly sign: 1 | -1 },
): number {
  const { values, first, next } = kept;
  while (next[pump]! > first[pump]! && sign * (values[pump]![(next[pump]! - 1) & (RING - 1)]! - value) <= 0)
    next[pump]!--;
  kept.put(pump, timeUs, value);
  return values[pump]![first[pump]! & (RING - 1)]!;
}

class Changes {
  readonly #timeUs = new Float64Array(MOST_CHANGES);
  readonly #device = new Uint32Array(MOST_CHANGES);
  readonly #isRaised = new Uint8Array(MOST_CHANGES);
  readonly outputs = { length: 0, columns: [this.#timeUs, this.#device, this.#isRaised] };

  put(timeUs: number, pump: number, isRaised: 0 | 1): void {
    const i = this.outputs.length++;
    this.#timeUs[i] = timeUs;
    this.#device[i] = pump;
    this.#isRaised[i] = isRaised;
  }
}

const SENSORS_THAT_STICK = ['discharge', 'current', 'temperature', 'vibration', 'flow'] as const;
const RING = 2_048; // readings of a pump in ten minutes, with those of a clock that was set back
const MOST_CHANGES = 4_096 * 16;
