import { Random } from './random.ts';
import { gatewayOf, type StationLayout } from './station-layout.ts';

export type FaultKind = (typeof FAULT_KINDS)[number];

export const FAULT_KINDS = [
  'bearing_wear',
  'blocked_filter',
  'dry_running',
  'cavitation',
  'stuck_sensor',
  'silent_gateway',
  'clock_jump',
] as const;

/** One fault in seconds of its day. What concerns a gateway concerns all of its pumps. */
export type Fault = {
  readonly kind: FaultKind;
  readonly gateway: number;
  readonly pump: number | null;
  readonly fromSecond: number;
  readonly toSecond: number;
  /** Found later than this, it has done its damage. */
  readonly bySecond: number;
  /** How bad it gets, or what differs from one to another: a ratio, a sensor's place, seconds that a clock is off. */
  readonly extent: number;
};

export const DAY_SECONDS = 86_400;

type Habits = {
  /** A day and 20 pumps. */
  readonly daily: number;
  readonly minutes: readonly [number, number];
  /** Of its length. */
  readonly foundBy: number;
  readonly isOfGateway?: true;
};

/**
 * How often, how long, and by when. A bearing wears for months and a filter clogs for weeks; here both take hours, so
 * that a day shows them.
 */
const HABITS: Readonly<Record<FaultKind, Habits>> = {
  bearing_wear: { daily: 1, minutes: [240, 420], foundBy: 0.75 },
  blocked_filter: { daily: 1, minutes: [90, 180], foundBy: 0.8 },
  dry_running: { daily: 2, minutes: [3, 8], foundBy: 0.4 },
  cavitation: { daily: 2, minutes: [20, 60], foundBy: 0.3 },
  stuck_sensor: { daily: 2, minutes: [40, 120], foundBy: 0.5 },
  silent_gateway: { daily: 1, minutes: [6, 20], foundBy: 0.5, isOfGateway: true },
  clock_jump: { daily: 1, minutes: [15, 40], foundBy: 0.25, isOfGateway: true },
};

/** In order of their beginning. Days do not know each other: a year costs no more memory than a day. */
export function faultsOfDay(layout: StationLayout, day: number): readonly Fault[] {
  const random = Random.seeded(layout.seed, day, 0xfa17);
  const faults: Fault[] = [];
  for (const kind of FAULT_KINDS) {
    const count = Math.max(1, Math.round((HABITS[kind].daily * layout.pumps) / 20));
    for (let nth = 0; nth < count; nth++) {
      const fault = placed(kind, { layout, random, others: faults });
      if (fault !== null) faults.push(fault);
    }
  }
  return faults.sort((a, b) => a.fromSecond - b.fromSecond || a.gateway - b.gateway);
}

/** Null: the day is too full. One machine has one fault at a time, and an hour in between. */
function placed(
  kind: FaultKind,
  { layout, random, others }: { layout: StationLayout; random: Random; others: readonly Fault[] },
): Fault | null {
  const { minutes, foundBy, isOfGateway } = HABITS[kind];
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const pump = isOfGateway ? null : random.below(layout.pumps);
    const gateway = pump === null ? random.below(layout.gateways) : gatewayOf(pump);
    const lengthSeconds = Math.round(random.between(...minutes) * 60);
    const fromSecond = Math.round(random.between(FIRST_SECOND, LAST_SECOND - lengthSeconds));
    const toSecond = fromSecond + lengthSeconds;
    const extent = extentOf(kind, random);
    const bySecond = Math.round(fromSecond + foundBy * lengthSeconds);
    const fault: Fault = { kind, gateway, pump, fromSecond, toSecond, bySecond, extent };
    if (!others.some(other => isTooClose(fault, other))) return fault;
  }
  return null;
}

function isTooClose(fault: Fault, other: Fault): boolean {
  if (fault.gateway !== other.gateway) return false;
  if (fault.pump !== null && other.pump !== null && fault.pump !== other.pump) return false;
  return fault.fromSecond < other.toSecond + APART_SECONDS && other.fromSecond < fault.toSecond + APART_SECONDS;
}

function extentOf(kind: FaultKind, random: Random): number {
  switch (kind) {
    case 'stuck_sensor':
      return random.below(STICKING_SENSORS);
    case 'clock_jump': {
      const seconds = Math.round(random.between(120, 900));
      return random.uniform() < 0.5 ? seconds : -seconds;
    }
    default:
      return random.between(0.7, 1.3);
  }
}

/** Sensors that may stick are the first ones of a reading. */
export const STICKING_SENSORS = 5;
const MAX_ATTEMPTS = 200;
const FIRST_SECOND = 2 * 3_600; // by then the machines are warm, and averages of an hour exist
const LAST_SECOND = DAY_SECONDS - 3_600;
const APART_SECONDS = 3_600;
