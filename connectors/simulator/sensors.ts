import { STICKING_SENSORS, type Fault } from './faults.ts';
import { type Pump, PUMP_STATE } from './pump.ts';
import type { Random } from './random.ts';

/** What a sensor adds of its own: noise, and the step in which it counts. Those that may stick come first. */
type Sensor = {
  readonly name: string;
  readonly noise: number; // a share of the value
  readonly floor: number; // and what is there of it at zero
  readonly step: number;
};

export const SENSORS: readonly Sensor[] = [
  { name: 'discharge', noise: 0.004, floor: 0.004, step: 0.001 },
  { name: 'current', noise: 0.006, floor: 0.05, step: 0.01 },
  { name: 'winding', noise: 0, floor: 0.12, step: 0.01 },
  { name: 'vibration', noise: 0.06, floor: 0.01, step: 0.001 },
  { name: 'flow', noise: 0.008, floor: 0.2, step: 0.01 },
  { name: 'inlet', noise: 0.002, floor: 0.003, step: 0.001 },
  { name: 'suction', noise: 0.002, floor: 0.003, step: 0.001 },
  { name: 'bearing', noise: 0, floor: 0.12, step: 0.01 },
  { name: 'envelope', noise: 0.09, floor: 0.01, step: 0.001 },
  { name: 'acoustic', noise: 0.09, floor: 0.01, step: 0.001 },
  { name: 'speed', noise: 0, floor: 0.4, step: 0.1 },
];

/** What they would say if they were perfect, in their order. */
function measure({ point, vibration, current, winding, bearing, speed }: Pump, row: Float64Array, at: number): void {
  row[at] = point.dischargeBar;
  row[at + 1] = current;
  row[at + 2] = winding;
  row[at + 3] = vibration.velocity;
  row[at + 4] = point.flow;
  row[at + 5] = point.inletBar;
  row[at + 6] = point.suctionBar;
  row[at + 7] = bearing;
  row[at + 8] = vibration.envelope;
  row[at + 9] = vibration.acoustic;
  row[at + 10] = FULL_SPEED_RPM * speed;
}

/** Good, uncertain and bad, as OPC UA counts them in the top bits of a status. */
export const QUALITIES = ['good', 'uncertain', 'bad'] as const;

/**
 * Writes what the sensors say from `row[at]` on, and gives the quality. A converter that restarts says nothing that can
 * be used for some seconds, and says so; one reading in a hundred thousand is simply wrong, and says nothing.
 */
export function sense(
  pump: Pump,
  options: {
    readonly row: Float64Array;
    readonly at: number;
    readonly state: Float64Array;
    readonly second: number;
    readonly fault: Fault | undefined;
    readonly random: Random;
  },
): number {
  const { row, at, state, second, fault, random } = options;
  measure(pump, row, at);
  for (let index = 0; index < SENSORS.length; index++) {
    const truth = row[at + index]!;
    const error = (Math.abs(truth) * NOISE[index]! + FLOOR[index]!) * random.normal();
    row[at + index] = Math.round((truth + error) * STEPS[index]!) / STEPS[index]!;
  }
  stick(row, { at, state, fault });
  if (random.uniform() < OUTLIERS) row[at + random.below(SENSORS.length)]! *= random.between(2, 5);
  if (random.uniform() < BAD_STARTS) state[PUMP_STATE.badUntil] = second + random.between(2, 20);
  if (second >= state[PUMP_STATE.badUntil]!) return 0;
  for (let index = 0; index < SENSORS.length; index++) row[at + index] = 0;
  return 2;
}

function stick(
  row: Float64Array,
  { at, state, fault }: { at: number; state: Float64Array; fault: Fault | undefined },
): void {
  if (fault?.kind !== 'stuck_sensor') {
    state[PUMP_STATE.stuckValue] = Number.NaN;
    return;
  }
  const place = at + (fault.extent % STICKING_SENSORS);
  if (Number.isNaN(state[PUMP_STATE.stuckValue]!)) state[PUMP_STATE.stuckValue] = row[place]!;
  row[place] = state[PUMP_STATE.stuckValue]!;
}

const FULL_SPEED_RPM = 1_480;
const NOISE = Float64Array.from(SENSORS, ({ noise }) => noise);
const FLOOR = Float64Array.from(SENSORS, ({ floor }) => floor);
const STEPS = Float64Array.from(SENSORS, ({ step }) => Math.round(1 / step)); // in one
const OUTLIERS = 1e-5;
const BAD_STARTS = 4 / 86_400;
