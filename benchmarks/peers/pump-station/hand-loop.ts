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
  readonly #readings = new Averages(5 * MINUTE_US); // of which the number is asked
  readonly #discharges = new Constants(5 * MINUTE_US);
  readonly #currents = new Constants(5 * MINUTE_US);
  readonly #windings = new Constants(5 * MINUTE_US);
  readonly #vibrations = new Constants(5 * MINUTE_US);
  readonly #flows = new Constants(5 * MINUTE_US);
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
      this.#readings.add(pump, timeUs, batch.current[i]!);
      const isConstant = this.#isAnyConstant(batch, i);
      const isStuck = isRunning && isConstant && this.#readings.count(pump) >= 200;
      this.#stuckSensor.see(pump, timeUs, isStuck, !isConstant);
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

  /** All of them see the reading. */
  #isAnyConstant(batch: PumpBatch, i: number): boolean {
    const pump = batch.device[i]!;
    const timeUs = batch.timeUs[i]!;
    const isDischarge = this.#discharges.add(pump, timeUs, batch.discharge[i]!);
    const isCurrent = this.#currents.add(pump, timeUs, batch.current[i]!);
    const isWinding = this.#windings.add(pump, timeUs, batch.temperature[i]!);
    const isVibration = this.#vibrations.add(pump, timeUs, batch.vibration[i]!);
    const isFlow = this.#flows.add(pump, timeUs, batch.flow[i]!);
    return isDischarge || isCurrent || isWinding || isVibration || isFlow;
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

/** Of the last so many µs of each pump's values. */
class Averages {
  readonly #rangeUs: number;
  readonly #times = new Float64Array(PUMPS * RING);
  readonly #values = new Float64Array(PUMPS * RING);
  readonly #first = new Uint32Array(PUMPS); // grows for ever, as `next` does
  readonly #next = new Uint32Array(PUMPS);
  readonly #sums = new Float64Array(PUMPS);

  constructor(rangeUs: number) {
    this.#rangeUs = rangeUs;
  }

  count(pump: number): number {
    return this.#next[pump]! - this.#first[pump]!;
  }

  /** NaN is no value; where there is none, there is no average. */
  add(pump: number, timeUs: number, value: number): number {
    const ring = pump * RING;
    const oldUs = timeUs - this.#rangeUs;
    let first = this.#first[pump]!;
    let next = this.#next[pump]!;
    let sum = this.#sums[pump]!;
    for (; first < next; first++) {
      const place = ring + (first & (RING - 1));
      if (this.#times[place]! > oldUs) break;
      sum -= this.#values[place]!;
    }
    if (!Number.isNaN(value)) {
      const place = ring + (next++ & (RING - 1));
      this.#times[place] = timeUs;
      this.#values[place] = value;
      sum += value;
    }
    this.#first[pump] = first;
    this.#next[pump] = next;
    this.#sums[pump] = sum;
    return first === next ? Number.NaN : sum / (next - first);
  }
}

/** Whether all of the last so many µs are one value, which is a range of zero: the last other one is older. */
class Constants {
  readonly #rangeUs: number;
  readonly #seenUs = new Float64Array(PUMPS).fill(-Infinity);
  readonly #values = new Float64Array(PUMPS);
  readonly #otherUs = new Float64Array(PUMPS).fill(-Infinity);

  constructor(rangeUs: number) {
    this.#rangeUs = rangeUs;
  }

  add(pump: number, timeUs: number, value: number): boolean {
    if (value !== this.#values[pump]) this.#otherUs[pump] = this.#seenUs[pump]!;
    this.#seenUs[pump] = timeUs;
    this.#values[pump] = value;
    return this.#otherUs[pump]! <= timeUs - this.#rangeUs;
  }
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

const RING = 2_048; // readings of a pump in ten minutes, with those of a clock that was set back
const MOST_CHANGES = 4_096 * 16;
