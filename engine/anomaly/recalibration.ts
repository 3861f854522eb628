/**
 * Makes tail probabilities come true: counts how often readings have been as rare, and corrects by that, as adaptive conformal inference does
 * (Gibbs & Candès 2021). Readings that follow a rarer one within REST count for nothing: what is counted are occurrences, of which
 * each would raise one alarm.
 */
const BINS = 40;
const PER_DECADE = 5;
const BLOCKS = 5;
const BLOCK = 15; // readings
const ENOUGH = 8; // occurrences that a correction is trusted by

const SEEN = 0; // readings
const COUNTS = 1; // of occurrences, by how rare
const RAREST = COUNTS + BINS; // of each of the last blocks of readings

export const RECALIBRATION_WIDTH = RAREST + BLOCKS;

/** The readings after an occurrence in which no lesser one is another. */
export const REST = BLOCKS * BLOCK;

/** Takes and gives −log₁₀ of a probability. */
export function recalibrated(record: Float64Array, start: number, rarity: number): number {
  const seen = record[start + SEEN]!;
  record[start + SEEN] = seen + 1;
  const bin = Math.max(0, Math.min(BINS - 1, Math.floor(rarity * PER_DECADE)));
  let count = 0;
  let level = BINS - 1;
  for (; level >= 0; level--) {
    count += record[start + COUNTS + level]!;
    if (level <= bin && count >= ENOUGH) break;
  }
  let correction = 0;
  if (level >= 0) {
    const observed = Math.log10(count / (seen + 1)) + level / PER_DECADE; // how much more often than said, in decades
    correction = Math.max(observed, -3) * (count / (count + ENOUGH));
  }
  const block = start + RAREST + (Math.floor(seen / BLOCK) % BLOCKS);
  if (seen % BLOCK === 0) record[block] = 0;
  let rarest = 0;
  for (let i = 0; i < BLOCKS; i++) rarest = Math.max(rarest, record[start + RAREST + i]!);
  if (rarity > rarest) {
    record[start + COUNTS + bin] = record[start + COUNTS + bin]! + 1;
    record[block] = rarity;
  }
  return rarity - correction;
}
