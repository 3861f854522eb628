import type { Bound } from './curve.ts';

export type Place = { readonly x: number; readonly y: number };

export type Fit = {
  /** Exponent e of y = c · x^e: the slope of the line through all points on logarithmic scales. */
  readonly slope: number;
  /** That of the last three points, where what is constant weighs least. */
  readonly lastSlope: number;
  readonly largestStep: Step;
  /** The last slope is not above that of the bound, as far as that can be told. */
  readonly isWithinBound: boolean;
  /** Steps that cost several times what the bound says. */
  readonly cliffs: readonly Step[];
};

export type Step = {
  readonly from: number;
  readonly to: number;
  /** Of y. */
  readonly times: number;
  readonly slope: number;
};

/** A machine's caches and clock bend a line that much: what looks up in gigabytes waits for memory three times as long as in megabytes. */
const SLOPE_TOLERANCE = 0.25;
const CLIFF_TIMES = 3;
const LAST_POINTS = 3;

/** Of at least two places, in ascending order of x. */
export function fit(places: readonly Place[], bound: Bound): Fit {
  const bounds = places.map(({ x }) => ({ x, y: boundAt(x, bound) }));
  const steps = stepsOf(places);
  const allowed = stepsOf(bounds);
  const lastSlope = slopeOf(places.slice(-LAST_POINTS));
  return {
    slope: slopeOf(places),
    lastSlope,
    largestStep: steps.reduce((most, step) => (step.slope > most.slope ? step : most)),
    isWithinBound: lastSlope <= slopeOf(bounds.slice(-LAST_POINTS)) + SLOPE_TOLERANCE,
    cliffs: steps.filter((step, i) => step.times > CLIFF_TIMES * allowed[i]!.times),
  };
}

function boundAt(x: number, bound: Bound): number {
  const log = 1 + Math.log2(Math.max(x, 1));
  return bound === 'log n' ? log : x * log;
}

/** By least squares. */
function slopeOf(places: readonly Place[]): number {
  const logs = places.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const meanX = logs.reduce((sum, { x }) => sum + x, 0) / logs.length;
  const meanY = logs.reduce((sum, { y }) => sum + y, 0) / logs.length;
  const covariance = logs.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
}

function stepsOf(places: readonly Place[]): Step[] {
  return places.slice(1).map(({ x, y }, i) => {
    const { x: from, y: before } = places[i]!;
    return { from, to: x, times: y / before, slope: slopeOf([places[i]!, { x, y }]) };
  });
}
