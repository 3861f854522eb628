/** The parts of what `unique` remembers, by name, beside the waiting columns of a source; no field's name has a `#`. */

/** How many events of each key, and their arrivals: always there. */
export const TAKEN = '#taken';
export const TAKEN_TIME = '#taken#time';

export function takenField(name: string): string {
  return `${TAKEN}.${name}`;
}
