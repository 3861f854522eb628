import { DAY_SECONDS, type Fault } from './faults.ts';
import { Random } from './random.ts';
import type { StationLayout } from './station-layout.ts';

type Standstill = { readonly fromSecond: number; readonly toSecond: number };

/** When a pump stands still in a day: it takes turns with others, and stands while it is repaired. */
export function standstillsOfDay(
  { layout, pump, day }: { readonly layout: StationLayout; readonly pump: number; readonly day: number },
  faults: readonly Fault[],
): readonly Standstill[] {
  const random = Random.seeded(layout.seed, day, pump, 0xd07e);
  const own = faults.filter(fault => fault.pump === pump);
  const turns = Array.from({ length: TURNS_A_DAY }, () => {
    const fromSecond = Math.round(random.between(3_600, DAY_SECONDS - 2 * 3_600));
    return { fromSecond, toSecond: fromSecond + Math.round(random.between(1_200, 3_600)) };
  });
  const repairs = own
    .filter(({ kind }) => kind in REPAIR_SECONDS)
    .map(({ kind, toSecond }) => {
      return { fromSecond: toSecond, toSecond: toSecond + REPAIR_SECONDS[kind]! };
    });
  // A pump that stands has none of the faults of one that runs.
  const free = turns.filter(turn =>
    own.every(fault => turn.toSecond + 1_800 < fault.fromSecond || turn.fromSecond > fault.toSecond + 3_600),
  );
  return [...free, ...repairs];
}

export function isStanding(standstills: readonly Standstill[], second: number): boolean {
  for (const { fromSecond, toSecond } of standstills) if (second >= fromSecond && second < toSecond) return true;
  return false;
}

/**
 * The share of full speed that the town asks for: little at night, most in the morning and in the evening, as curves of
 * water supply are (DVGW W 410). A day begins at its first second, whatever the clock on the wall says.
 */
export function demandAt(second: number): number {
  const turn = (second / DAY_SECONDS) * 2 * Math.PI;
  return 0.86 - 0.08 * Math.cos(turn) - 0.05 * Math.cos(2 * turn + 0.6);
}

const TURNS_A_DAY = 2;
const REPAIR_SECONDS: Readonly<Partial<Record<Fault['kind'], number>>> = {
  bearing_wear: 1_800,
  dry_running: 600,
  blocked_filter: 900,
};
