import { placeOf } from '../state/place-of.ts';

/**
 * How often occurrences of each rarity come, by those that were: a sketch of them in order of their rarity, finest among the rarest. Where
 * there is no room for another, two neighbours become one that are the least part of what is rarer.
 *
 * A rate is what was counted, down to the FEW rarest. Beyond them it falls as quickly as these lie apart, which a prior holds to how far apart
 * all of the rarer half lie, and that to what rarities say themselves. It is the tail that is to be expected of exponential excesses whose mean is known
 * by so many (Lomax 1954): the less was seen, the slower it falls. Later occurrences weigh more, in proportion to the readings before
 * them, so that what counts is what a series has become.
 */
const ROOM = 40;

const SEEN = 0; // readings
const COUNT = 1; // of what is kept
const KNOWN = 2; // the rarity up to which rates are counted
const FEWEST = 3; // the weight of what is rarer than that
const COUNTED = 4; // the tail beyond, by what was counted
const SAID = COUNTED + 2; // and more as rarities say
const RARITIES = SAID + 2;
const WEIGHTS = RARITIES + ROOM; // of each, and of all that are rarer

export const OCCURRENCE_RATES_WIDTH = WEIGHTS + ROOM;

const FEW = 6; // occurrences
const TRUST = { [COUNTED]: 4, [SAID]: 12 }; // occurrences, that a prior counts for
const APART = Math.LOG10E; // decades, that rarities are apart which are what they say

/** Where the tail of the rates is kept: its shape, and its spread. */
type Tail = typeof COUNTED | typeof SAID;

/** The rarest of what there is: from which place on, how much, and by how much rarer than that place all of it is. */
type Rarest = { readonly place: number; readonly weight: number; readonly excess: number };

/** What is held to have been before anything was: occurrences of these rarities, in so many readings. */
export function beginRates(record: Float64Array, start: number, readings: number, rarities: readonly number[]): void {
  record[start + SEEN] = readings;
  for (const rarity of rarities) addOccurrence(record, start, rarity, readings / 2);
}

/** A reading that does not belong to what is going on. */
export function seeReading(record: Float64Array, start: number): void {
  record[start + SEEN] = record[start + SEEN]! + 1;
}

/** What an occurrence weighs that begins with the next reading. */
export function nextWeight(record: Float64Array, start: number): number {
  return record[start + SEEN]! + 1;
}

export function addOccurrence(record: Float64Array, start: number, rarity: number, weight: number): void {
  if (record[start + COUNT] === ROOM) joinNeighbours(record, start);
  const count = record[start + COUNT]!;
  const rarities = start + RARITIES;
  const weights = start + WEIGHTS;
  const place = placeOf(record, rarities, count, rarity);
  record.copyWithin(rarities + place + 1, rarities + place, rarities + count);
  record.copyWithin(weights + place + 1, weights + place, weights + count);
  record[rarities + place] = rarity;
  record[weights + place] = place === count ? 0 : record[weights + place + 1]!;
  for (let i = 0; i <= place; i++) record[weights + i] = record[weights + i]! + weight;
  record[start + COUNT] = count + 1;
  fitTails(record, start);
}

/** How many occurrences that are as rare come, per reading. */
export function countedRate(record: Float64Array, start: number, rarity: number): number {
  return rateOf(record, start, rarity, COUNTED);
}

/** The same, and beyond what was counted more as rarities say. */
export function saidRate(record: Float64Array, start: number, rarity: number): number {
  return rateOf(record, start, rarity, SAID);
}

/** The same, and beyond what was counted only as rarities say. */
export function nominalRate(record: Float64Array, start: number, rarity: number): number {
  const beyond = rarity - record[start + KNOWN]!;
  if (!(beyond > 0)) return countedRate(record, start, rarity);
  return perReading(record, start, record[start + FEWEST]! * 10 ** -beyond);
}

/** How many occurrences come per reading, however rare. */
export function wholeRate(record: Float64Array, start: number): number {
  return perReading(record, start, record[start + WEIGHTS]!);
}

function rateOf(record: Float64Array, start: number, rarity: number, tail: Tail): number {
  const beyond = rarity - record[start + KNOWN]!;
  if (!(beyond > 0)) return perReading(record, start, weightOf(record, start, rarity));
  const falls = (1 + beyond / record[start + tail + 1]!) ** -record[start + tail]!;
  return perReading(record, start, record[start + FEWEST]! * falls);
}

/** All readings weigh half of what they would if each weighed as the newest. */
function perReading(record: Float64Array, start: number, weight: number): number {
  const seen = record[start + SEEN]!;
  return (2 * weight) / (seen * seen);
}

/** Of what is as rare; between two that were, in proportion. */
function weightOf(record: Float64Array, start: number, rarity: number): number {
  const rarities = start + RARITIES;
  const place = placeOf(record, rarities, record[start + COUNT]!, rarity);
  if (place === 0) return record[start + WEIGHTS]!;
  const from = record[rarities + place - 1]!;
  const share = (rarity - from) / (record[rarities + place]! - from);
  const most = rarerThan(record, start, place - 1);
  return most + share * (rarerThan(record, start, place) - most);
}

/** The weight of what is rarer than one of them, and half of its own. */
function rarerThan(record: Float64Array, start: number, place: number): number {
  const at = start + WEIGHTS + place;
  return place === record[start + COUNT]! - 1 ? record[at]! / 2 : (record[at]! + record[at + 1]!) / 2;
}

function fitTails(record: Float64Array, start: number): void {
  const newest = record[start + SEEN]!; // weighs one occurrence now
  const half = rarest(record, start, record[start + WEIGHTS]! / 2);
  const few = rarest(record, start, FEW * newest);
  record[start + KNOWN] = record[start + RARITIES + few.place]!;
  record[start + FEWEST] = rarerThan(record, start, few.place);
  for (const tail of [COUNTED, SAID] as const) {
    const trust = TRUST[tail] * newest;
    const apart = (half.excess + trust * APART) / (half.weight + trust);
    record[start + tail] = (few.weight + trust) / newest;
    record[start + tail + 1] = (few.excess + trust * apart) / newest;
  }
}

function rarest(record: Float64Array, start: number, leastWeight: number): Rarest {
  const weights = start + WEIGHTS;
  const rarities = start + RARITIES;
  let place = record[start + COUNT]! - 1;
  let weight = 0;
  let excess = 0;
  for (; place > 0 && weight < leastWeight; place--) {
    weight = record[weights + place]!;
    excess += weight * (record[rarities + place]! - record[rarities + place - 1]!);
  }
  return { place, weight, excess };
}

/** Makes room: two neighbours become one, between them by their weights. */
function joinNeighbours(record: Float64Array, start: number): void {
  const rarities = start + RARITIES;
  const weights = start + WEIGHTS;
  const little = record[start + SEEN]! / 2; // so that old ones are joined, however rare
  let place = 0;
  for (let i = 0, least = Infinity; i < ROOM - 1; i++) {
    const rarer = i + 2 < ROOM ? record[weights + i + 2]! : 0;
    const share = (record[weights + i]! - rarer) / (rarer + little);
    if (share >= least) continue;
    least = share;
    place = i;
  }
  const rarer = place + 2 < ROOM ? record[weights + place + 2]! : 0;
  const second = (record[weights + place + 1]! - rarer) / (record[weights + place]! - rarer);
  const between = record[rarities + place + 1]! - record[rarities + place]!;
  record[rarities + place] = record[rarities + place]! + second * between;
  record.copyWithin(rarities + place + 1, rarities + place + 2, rarities + ROOM);
  record.copyWithin(weights + place + 1, weights + place + 2, weights + ROOM);
  record[start + COUNT] = ROOM - 1;
}
