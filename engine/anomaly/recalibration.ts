/**
 * Makes tail probabilities come true: counts the occurrences of each rarity, and calls a reading as rare as these have been. An occurrence is what
 * raises one alarm: a reading, lesser ones of the REST behind it, and a rarer one among these, which makes it a rarer occurrence.
 *
 * Of each step of rarity it is learnt how many occurrences go further, from those that came so far; where few did, a prior holds that a tail
 * probability is what it says (a Pólya tree, Lavine 1992). Later occurrences weigh more, in proportion to the readings before them,
 * so that what counts is what a series has become.
 */
const BINS = 40;
const PER_DECADE = 5;
const TRUST = 4; // occurrences, that the prior counts for at each step

/** The readings behind one, in which lesser ones belong to the same occurrence. */
export const REST = 75;

const RARE = 2; // decades, from which on occurrences alone say how rare a reading is

const SEEN = 0; // readings
const LEFT = 1; // of the rest
const RAREST = 2; // of the occurrence
const BIN = 3; // where it counts
const WEIGHT = 4; // for how much
const LONGEST = 5; // how long it takes until one as rare comes
const TOTAL = 6; // of all counts
const COUNTS = 7; // of occurrences, by how rare

export const RECALIBRATION_WIDTH = COUNTS + BINS;

/** How often occurrences of each step's rarity come by the prior: after each there is a rest. */
const PRIOR = Float64Array.from({ length: BINS + 1 }, (_, bin) => 1 / (REST + 10 ** (bin / PER_DECADE)));

/** Of the prior's occurrences that reach a step: the share that reaches the next. */
const GO_FURTHER = PRIOR.subarray(1).map((rate, bin) => rate / PRIOR[bin]!);

/** How often occurrences as rare come, per reading. Takes −log₁₀ of what the probability of a reading is said to be. */
export function recalibrated(record: Float64Array, start: number, rarity: number): number {
  const seen = record[start + SEEN]!;
  const counts = start + COUNTS;
  const scale = 1 / Math.max(1, seen); // weights are numbers of readings
  let left = record[start + TOTAL]! * scale;
  // All readings weigh half of what they would if each weighed as the newest.
  let rate = (left + TRUST) / (seen / 2 + TRUST / PRIOR[0]!);
  const place = Math.max(0, rarity * PER_DECADE);
  for (let bin = 0; bin < BINS && bin < place; bin++) {
    const further = left - record[counts + bin]! * scale;
    const share = (further + TRUST * GO_FURTHER[bin]!) / (left + TRUST);
    rate *= place - bin >= 1 ? share : share ** (place - bin);
    left = further;
  }
  return place > BINS ? rate * 10 ** ((BINS - place) / PER_DECADE) : rate;
}

/**
 * The probability that one reading is as rare. Of rare ones it follows from how often their occurrences come, as the prior has it; usual ones
 * belong to occurrences all the time, so that their own rarity says more.
 */
export function readingProbability(occurrences: number, rarity: number): number {
  const ofRare = occurrences / Math.max(1 - REST * occurrences, occurrences);
  const share = Math.min(1, Math.max(0, rarity) / RARE);
  return ofRare ** share * 10 ** (-Math.max(0, rarity) * (1 - share));
}

/**
 * Takes a reading into an occurrence, and gives how long it takes on average until one as rare as that comes: the longest `periodUs` of its
 * readings. `isGoingOn`: it has not come to an end, so that its rest has not begun.
 */
export function occurrence(
  record: Float64Array,
  start: number,
  rarity: number,
  periodUs: number,
  isGoingOn: boolean,
): number {
  const isNew = record[start + LEFT]! <= 0;
  if (isNew) {
    record[start + LONGEST] = 0;
    begin(record, start, rarity);
  } else if (rarity > record[start + RAREST]!) {
    count(record, start, record[start + BIN]!, -record[start + WEIGHT]!);
    begin(record, start, rarity);
  } else record[start + LEFT] = isGoingOn ? REST : record[start + LEFT]! - 1;
  record[start + LONGEST] = Math.max(record[start + LONGEST]!, periodUs);
  if (isNew || !isGoingOn) record[start + SEEN] = record[start + SEEN]! + 1;
  return record[start + LONGEST]!;
}

/** Something has come to an end: its rest begins, and its period lasts as long. */
export function restFrom(record: Float64Array, start: number, periodUs: number): void {
  record[start + LEFT] = REST;
  record[start + LONGEST] = Math.max(record[start + LONGEST]!, periodUs);
}

function begin(record: Float64Array, start: number, rarity: number): void {
  const bin = Math.min(Math.floor(Math.max(0, rarity) * PER_DECADE), BINS - 1);
  const weight = record[start + SEEN]! + 1;
  record[start + RAREST] = rarity;
  record[start + LEFT] = REST;
  record[start + BIN] = bin;
  record[start + WEIGHT] = weight;
  count(record, start, bin, weight);
}

function count(record: Float64Array, start: number, bin: number, weight: number): void {
  record[start + COUNTS + bin] = record[start + COUNTS + bin]! + weight;
  record[start + TOTAL] = record[start + TOTAL]! + weight;
}
