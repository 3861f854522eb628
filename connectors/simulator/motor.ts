/**
 * The current of an induction motor of 45 kW at 400 V: what it magnetises with stands at a right angle to what it works
 * with.
 */
export function motorCurrent(shaftKw: number, speed: number): number {
  const working = (shaftKw * 1_000) / (Math.sqrt(3) * 400 * 0.93);
  const magnetising = 22 * Math.min(1, speed * 2);
  return Math.sqrt(working * working + magnetising * magnetising);
}

/**
 * One thermal mass after a second: the first-order model of motor protection (IEC 60255-149), in which losses grow with
 * the square of the current.
 */
export function windingAfter(
  temperature: number,
  { current, ambient }: { readonly current: number; readonly ambient: number },
): number {
  const load = current / RATED_CURRENT;
  return temperature + (ambient + 55 * load * load - temperature) / WINDING_SECONDS;
}

/** The bearing: friction by speed and load; worn or without water around the seal it heats itself. */
export function bearingAfter(
  temperature: number,
  { speed, load, ambient, extra }: { speed: number; load: number; ambient: number; extra: number },
): number {
  return temperature + (ambient + 18 * speed + 8 * load * load + extra - temperature) / BEARING_SECONDS;
}

export const RATED_CURRENT = 64;
const WINDING_SECONDS = 1_500;
const BEARING_SECONDS = 600;
