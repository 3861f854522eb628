/** What a rule came to with some values of its constants. */
export type Outcome = {
  /** A place for each constant: 0 at the least of its values, 1 at the greatest. */
  readonly at: readonly number[];
  readonly faults: number;
  readonly hits: number;
  readonly falseAlarms: number;
};

/** A point of the trade-off: what trials give that lead to the same. */
export type TradeOff<T extends Outcome> = {
  readonly hits: number;
  readonly falseAlarms: number;
  readonly trials: readonly T[]; // in their order
  /** In the middle of them, so that a little more or less of a constant does not matter. */
  readonly middle: T;
};

/** Points that nothing is better than: no other has as many hits for fewer false alarms, or more hits for as many. From few hits to many. */
export function tradeOffs<T extends Outcome>(outcomes: readonly T[]): readonly TradeOff<T>[] {
  const points = [...Map.groupBy(outcomes, ({ hits, falseAlarms }) => `${hits} ${falseAlarms}`).values()];
  const isBeaten = ({ hits, falseAlarms }: Outcome) =>
    points.some(([other]) => {
      const isAsGood = other!.hits >= hits && other!.falseAlarms <= falseAlarms;
      return isAsGood && (other!.hits > hits || other!.falseAlarms < falseAlarms);
    });
  return points
    .filter(([first]) => !isBeaten(first!))
    .map(trials => ({
      hits: trials[0]!.hits,
      falseAlarms: trials[0]!.falseAlarms,
      trials,
      middle: middleOf(trials),
    }))
    .sort((a, b) => a.hits - b.hits);
}

/**
 * The one to take where a fault that is missed weighs as much as a false alarm: the greatest F1 of the curve, which is
 * 2 hits / (hits + faults + false alarms); of equal ones the one with fewer false alarms. `current`, where it is as good.
 */
export function bestOf<T extends Outcome>(outcomes: readonly T[], current: T): T {
  const curve = tradeOffs(outcomes);
  let best = curve[0]!;
  for (const point of curve) if (f1(point, current.faults) > f1(best, current.faults)) best = point;
  return best.trials.includes(current) ? current : best.middle;
}

function f1({ hits, falseAlarms }: Pick<Outcome, 'hits' | 'falseAlarms'>, faults: number): number {
  return (2 * hits) / Math.max(1, hits + faults + falseAlarms);
}

/** The one that is nearest to the mean of all. */
function middleOf<T extends Outcome>(trials: readonly T[]): T {
  const mean = trials[0]!.at.map((_, axis) => trials.reduce((sum, { at }) => sum + at[axis]!, 0) / trials.length);
  const distance = ({ at }: Outcome) => at.reduce((sum, place, axis) => sum + (place - mean[axis]!) ** 2, 0);
  let middle = trials[0]!;
  for (const trial of trials) if (distance(trial) < distance(middle) - NEARLY) middle = trial;
  return middle;
}

const NEARLY = 1e-9; // of two that are as near, the first
