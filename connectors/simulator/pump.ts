import { demandAt } from './duty.ts';
import type { Fault } from './faults.ts';
import { operate, type OperatingPoint } from './hydraulics.ts';
import { bearingAfter, motorCurrent, RATED_CURRENT, windingAfter } from './motor.ts';
import type { Random } from './random.ts';
import { type Vibration, vibrate } from './vibration.ts';

/** What a pump remembers from one second to the next, in an array of all pumps. */
export const PUMP_STATE = {
  speed: 0, // 1 is full
  winding: 1, // degC
  bearing: 2,
  drift: 3, // of its share of the demand
  blowUntil: 4, // seconds since the start of the simulation
  blow: 5, // how hard
  badUntil: 6,
  stuckValue: 7, // NaN: no sensor sticks
} as const;
export const PUMP_STATE_SIZE = 8;

/** What stands still, what it is asked for, and what is wrong with it. */
export type PumpSecond = {
  readonly second: number; // of the simulation
  readonly secondOfDay: number;
  readonly isStanding: boolean;
  readonly fault: Fault | undefined;
};

/** One pump with its motor, a second at a time. It computes what is; what sensors say of it is another matter. */
export class Pump {
  readonly point: OperatingPoint = { flow: 0, headM: 0, inletBar: 0, suctionBar: 0, dischargeBar: 0, shaftKw: 0 };
  readonly vibration: Vibration = { velocity: 0, envelope: 0, acoustic: 0 };
  current = 0;
  readonly #state: Float64Array;
  readonly #random: Random;
  // No two machines are alike.
  readonly #imbalance: number;
  readonly #trim: number;
  readonly #place: number;

  /** `own` gives what it is like; `random` is of what happens to it. */
  constructor(state: Float64Array, { own, random }: { readonly own: Random; readonly random: Random }) {
    this.#state = state;
    this.#random = random;
    this.#imbalance = own.between(0.6, 1.4);
    this.#trim = own.between(-0.02, 0.02);
    this.#place = own.between(-2, 4);
  }

  start(): void {
    const state = this.#state;
    state[PUMP_STATE.speed] = demandAt(0);
    state[PUMP_STATE.winding] = 48 + this.#place;
    state[PUMP_STATE.bearing] = 38 + this.#place;
    state[PUMP_STATE.stuckValue] = Number.NaN;
  }

  get speed(): number {
    return this.#state[PUMP_STATE.speed]!;
  }

  get winding(): number {
    return this.#state[PUMP_STATE.winding]!;
  }

  get bearing(): number {
    return this.#state[PUMP_STATE.bearing]!;
  }

  advance({ second, secondOfDay, isStanding, fault }: PumpSecond): void {
    const state = this.#state;
    const random = this.#random;
    const harm = harmOf(fault, secondOfDay);
    const drift = state[PUMP_STATE.drift]! * 0.999 + 0.0004 * random.normal();
    state[PUMP_STATE.drift] = drift;
    const wanted = isStanding ? 0 : clamp(demandAt(secondOfDay) + this.#trim + drift, 0.7, 1);
    const before = this.speed;
    const speed = before + clamp(wanted - before, -RAMP, RAMP);
    state[PUMP_STATE.speed] = speed;

    const levelBar = 0.75 + 0.1 * Math.sin((secondOfDay / 86_400) * 4 * Math.PI) - 0.35 * harm.bubbles;
    operate(this.point, { speed, blockage: 1 + harm.blockage, supply: 1 - harm.dry, levelBar });
    // Bubbles choke the eye by turns, so that flow and head tremble.
    const trembling = 1 - 0.05 * harm.bubbles * (1 + random.normal());
    this.point.flow *= trembling;
    this.point.dischargeBar *= trembling;
    this.current = motorCurrent(this.point.shaftKw, speed);

    const ambient = 16 + this.#place - 4 * Math.cos((secondOfDay / 86_400) * 2 * Math.PI);
    state[PUMP_STATE.winding] = windingAfter(this.winding, { current: this.current, ambient });
    const load = this.current / RATED_CURRENT;
    const extra = 22 * harm.wear * speed + 60 * harm.dry * speed;
    state[PUMP_STATE.bearing] = bearingAfter(this.bearing, { speed, load, ambient, extra });

    const { flow } = this.point;
    vibrate(this.vibration, { speed, flow, imbalance: this.#imbalance, wear: harm.wear, bubbles: harm.bubbles });
    this.#blow(second);
  }

  /** A valve falls shut somewhere, a lorry passes: no fault, and over in seconds. */
  #blow(second: number): void {
    const state = this.#state;
    if (this.#random.uniform() < BLOWS_A_SECOND) {
      state[PUMP_STATE.blowUntil] = second + this.#random.between(2, 12);
      state[PUMP_STATE.blow] = this.#random.between(1.5, 4);
    }
    if (second >= state[PUMP_STATE.blowUntil]!) return;
    this.vibration.velocity *= state[PUMP_STATE.blow]!;
    this.vibration.acoustic *= 1 + state[PUMP_STATE.blow]! / 4;
  }
}

type Harm = { readonly wear: number; readonly blockage: number; readonly dry: number; readonly bubbles: number };

const HARMLESS: Harm = { wear: 0, blockage: 0, dry: 0, bubbles: 0 };

/** How far a fault has come: wear grows ever faster, a filter clogs steadily, water is there or not. */
function harmOf(fault: Fault | undefined, secondOfDay: number): Harm {
  if (fault === undefined) return HARMLESS;
  const share = (secondOfDay - fault.fromSecond) / (fault.toSecond - fault.fromSecond);
  switch (fault.kind) {
    case 'bearing_wear':
      return { ...HARMLESS, wear: fault.extent * ((Math.exp(2 * share) - 1) / (Math.E ** 2 - 1)) };
    case 'blocked_filter':
      return { ...HARMLESS, blockage: 9 * fault.extent * share };
    case 'dry_running':
      return { ...HARMLESS, dry: 0.97 };
    case 'cavitation':
      return { ...HARMLESS, bubbles: fault.extent * Math.min(1, 8 * share) };
    default:
      return HARMLESS;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

const RAMP = 0.02; // of full speed, in a second
const BLOWS_A_SECOND = 6 / 86_400;
