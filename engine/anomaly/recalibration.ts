import {
  addOccurrence,
  beginRates,
  countedRate,
  nextWeight,
  nominalRate,
  OCCURRENCE_RATES_WIDTH,
  saidRate,
  seeReading,
  wholeRate,
} from './occurrence-rates.ts';
import { countAll, countAsRare, countReading, READING_COUNTS_WIDTH } from './reading-counts.ts';

/**
 * Makes tail probabilities come true: calls an occurrence as rare as others have been, and a reading. An occurrence is what raises one alarm: a
 * reading, lesser ones of the REST behind it, and a rarer one among these, which makes it a rarer occurrence.
 */

/** The readings behind one, in which lesser ones belong to the same occurrence. */
export const REST = 75;

const LEFT = 0; // of the rest
const RAREST = 1; // of the occurrence
const WEIGHT = 2; // for how much it counts when it is over; 0: there was none
const LONGEST = 3; // how long it takes until one as rare comes
const TOGETHER = 4; // how many rare readings come for each that comes by itself: the logarithm
const RATES = 5;
const READINGS = RATES + OCCURRENCE_RATES_WIDTH;

export const RECALIBRATION_WIDTH = READINGS + READING_COUNTS_WIDTH;

/** What is held to have been before anything was: as many readings, and occurrences as they come where rarities are what they say. */
const PRIOR_READINGS = 300;
const PRIOR_OCCURRENCES = [1.07, 1.67, 2.11, 2.73];

const ENOUGH = 20; // readings as rare: from there on their number says more than occurrences do
const RARE = { least: 0.005, most: 0.02, count: 7 }; // shares of readings of which it is learnt how many come together
const OF_TOGETHER = 1 / 64; // what one of them is of that

/** Before any reading. */
export function beginRecalibration(record: Float64Array, start: number): void {
  beginRates(record, start + RATES, PRIOR_READINGS, PRIOR_OCCURRENCES);
}

/** How often occurrences as rare come, per reading. Takes −log₁₀ of what the probability of a reading is said to be. */
export function recalibrated(record: Float64Array, start: number, rarity: number): number {
  return countedRate(record, start + RATES, rarity);
}

/** The same, and where none has been as rare, more by what rarities say. */
export function recalibratedAsSaid(record: Float64Array, start: number, rarity: number): number {
  return saidRate(record, start + RATES, rarity);
}

/** The same, and where none has been as rare, only by what rarities say. */
export function recalibratedAsNominal(record: Float64Array, start: number, rarity: number): number {
  return nominalRate(record, start + RATES, rarity);
}

/**
 * The probability that one reading is as rare: the share of the readings that were. Of rare ones there are few, and they come together, so that it follows from how
 * often their occurrences come, and how many readings are of each.
 */
export function readingProbability(record: Float64Array, start: number, rarity: number, occurrences: number): number {
  if (rarity <= 0) return 1;
  const count = countAsRare(record, start + READINGS, rarity);
  const share = count === 0 ? 0 : count / countAll(record, start + READINGS);
  const trust = (count * count) / (count * count + ENOUGH * ENOUGH);
  if (trust > 0.999) return share;
  // As many readings by themselves would make as many occurrences.
  const alone = occurrences / Math.max(occurrences, 1 - occurrences * (1 / wholeRate(record, start + RATES) - 1));
  if (count > RARE.count && share < RARE.most && share > RARE.least) learnTogether(record, start, share / alone);
  const byOccurrences = alone * Math.exp(record[start + TOGETHER]!);
  return Math.min(1, share ** trust * byOccurrences ** (1 - trust));
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
    const weight = record[start + WEIGHT]!;
    if (weight > 0) addOccurrence(record, start + RATES, record[start + RAREST]!, weight);
    record[start + LONGEST] = 0;
    begin(record, start, rarity);
  } else if (rarity > record[start + RAREST]!) begin(record, start, rarity);
  else record[start + LEFT] = isGoingOn ? REST : record[start + LEFT]! - 1;
  record[start + LONGEST] = Math.max(record[start + LONGEST]!, periodUs);
  if (isNew || !isGoingOn) {
    seeReading(record, start + RATES);
    countReading(record, start + READINGS, rarity);
  }
  return record[start + LONGEST]!;
}

/** What is going on turns out to be usual: it is over without a rest, and was no occurrence. */
export function dropOccurrence(record: Float64Array, start: number): void {
  record[start + LEFT] = 0;
  record[start + WEIGHT] = 0;
}

/** Something has come to an end: its rest begins, and its period lasts as long. */
export function restFrom(record: Float64Array, start: number, periodUs: number): void {
  record[start + LEFT] = REST;
  record[start + LONGEST] = Math.max(record[start + LONGEST]!, periodUs);
}

function begin(record: Float64Array, start: number, rarity: number): void {
  record[start + RAREST] = rarity;
  record[start + LEFT] = REST;
  record[start + WEIGHT] = nextWeight(record, start + RATES);
}

function learnTogether(record: Float64Array, start: number, together: number): void {
  const before = record[start + TOGETHER]!;
  record[start + TOGETHER] = before + OF_TOGETHER * (Math.log(together) - before);
}
