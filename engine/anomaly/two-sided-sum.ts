/** That one reading says, in standard deviations, so that a spike alone is no shift. */
export const MOST = 4;

const ABOVE = 0;
const BELOW = 1;

export const TWO_SIDED_WIDTH = 2;

/**
 * Adds a reading to what those before were above what is usual, and below it, as long as that goes on (Page 1954): so many standard
 * deviations less than they were. Returns the greater of both sums, negative where it is that below.
 */
export function addTwoSided(record: Float64Array, start: number, score: number, slack: number): number {
  const step = Math.max(-MOST, Math.min(MOST, score));
  const above = Math.max(0, record[start + ABOVE]! + step - slack);
  const below = Math.max(0, record[start + BELOW]! - step - slack);
  record[start + ABOVE] = above;
  record[start + BELOW] = below;
  return above >= below ? above : -below;
}
