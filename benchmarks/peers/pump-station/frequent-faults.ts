import { Random } from '../../../connectors/simulator/random.ts';

/** Seconds that one lasts. */
const LENGTHS = {
  dryRunning: [20, 90],
  cavitation: [90, 240],
  blockedFilter: [600, 900],
  bearingWear: [1_200, 1_800],
  stuckSensor: [330, 600],
  vibration: [40, 180],
  motorHot: [40, 180],
  silence: [40, 180],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

type FaultKind = keyof typeof LENGTHS;

/** What a pump's sensors say in one second. */
export type PumpSensors = Record<(typeof PUMP_SENSORS)[number], number>;

export const PUMP_SENSORS = [
  'winding',
  'vibration',
  'flow',
  'current',
  'inlet',
  'suction',
  'discharge',
  'envelope',
  'acoustic',
] as const;

/**
 * Each kind of fault, at each pump, again and again: a plant has ten in a day, and with so few outputs a comparison would be of readings
 * that mean nothing. Some end before their rule's time is over.
 */
export class FrequentFaults {
  readonly #random: Random;
  readonly #faults = Object.fromEntries(KINDS.map(kind => [kind, { fromMs: 0, toMs: 0 }])) as Record<FaultKind, Span>; // as: of all kinds
  #stuck = { sensor: 0, value: Number.NaN };

  constructor(pump: number, startMs: number) {
    this.#random = Random.seeded(SEED, pump);
    for (const kind of KINDS)
      this.#faults[kind] = this.#next(kind, startMs - 1_000 * this.#random.between(0, LONGEST_PAUSE_S));
  }

  /** Changes what the sensors say; false: the reading is not there. Times rise. */
  meet(timeMs: number, isRunning: boolean, sensors: PumpSensors): boolean {
    if (this.#has('silence', timeMs)) return false;
    const jitter = 1 + 0.05 * this.#random.normal();
    if (this.#has('dryRunning', timeMs) && isRunning) {
      sensors.flow = 8 * jitter;
      sensors.current = 22 * jitter;
    }
    if (this.#has('cavitation', timeMs)) sensors.acoustic += 2.5 * jitter;
    if (this.#has('blockedFilter', timeMs)) sensors.suction = sensors.inlet - 0.6 * jitter * (sensors.flow / 250) ** 2;
    if (this.#has('bearingWear', timeMs)) sensors.envelope += 1.5 * jitter;
    if (this.#has('vibration', timeMs)) sensors.vibration = 5.5 * jitter;
    if (this.#has('motorHot', timeMs)) sensors.winding = 130 * jitter;
    if (this.#has('stuckSensor', timeMs)) this.#stick(sensors);
    else this.#stuck.value = Number.NaN;
    return true;
  }

  #has(kind: FaultKind, timeMs: number): boolean {
    while (timeMs >= this.#faults[kind].toMs) this.#faults[kind] = this.#next(kind, this.#faults[kind].toMs);
    return timeMs >= this.#faults[kind].fromMs;
  }

  #next(kind: FaultKind, afterMs: number): Span {
    const fromMs = afterMs + 1_000 * this.#random.between(LEAST_PAUSE_S, LONGEST_PAUSE_S);
    const [least, most] = LENGTHS[kind];
    return { fromMs, toMs: fromMs + 1_000 * this.#random.between(least, most) };
  }

  #stick(sensors: PumpSensors): void {
    if (Number.isNaN(this.#stuck.value)) {
      const sensor = this.#random.below(SENSORS_THAT_STICK.length);
      this.#stuck = { sensor, value: sensors[SENSORS_THAT_STICK[sensor]!] };
    }
    sensors[SENSORS_THAT_STICK[this.#stuck.sensor]!] = this.#stuck.value;
  }
}

type Span = { readonly fromMs: number; readonly toMs: number };

export const SENSORS_THAT_STICK = ['discharge', 'current', 'winding', 'vibration', 'flow'] as const;
const KINDS = Object.keys(LENGTHS) as readonly FaultKind[]; // as: its own keys
const LEAST_PAUSE_S = 600;
const LONGEST_PAUSE_S = 1_200;
const SEED = 7;
