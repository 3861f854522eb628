import { placeOf } from '../state/place-of.ts';

/**
 * How rare it is that a value lies as far from all that were seen before: a tail probability. What was seen is kept as up to LEADERS values in
 * order, each with how many readings lie next to it (leader clustering, Hartigan 1975). A value is as rare as the share of readings that
 * lie as far from the rest themselves (conformal anomaly detection, Laxhammar & Falkman 2014); beyond these, rarer as the gap grows.
 *
 * Two of the loneliest count for nothing, so that one anomaly does not excuse the next. A prior holds that a gap of a hundredth of the range is rare.
 * While little was seen, what lies far from all of it is less so, as all is new at first; later, how rare something can be does not grow with the number of readings
 * alone: what comes as often is as rare whenever it comes.
 */
const LEADERS = 48;

const COUNT = 0; // of leaders
const SEEN = 1; // readings
const VALUES = 2;
const WEIGHTS = VALUES + LEADERS;
const LOW = WEIGHTS + LEADERS; // between these two nothing has returned yet
const HIGH = LOW + 1;
const LONERS = HIGH + 1; // leaders that may stand for a gap

export const NOVELTY_WIDTH = LONERS + 1;

const NEAR = 0.015; // of the range: a value is that of a leader
const OUTERMOST = 0.005; // of the readings on either side, that the inner range is without
const LEAST_INNER = 1e-3; // of the whole range
const LONELY = 3; // readings, that a leader which stands for a gap has at most
const EXCUSED = 2; // readings
const PRIOR_READINGS = 500;
const PRIOR_GAP = 0.004; // of the range
const MOST_READINGS = 3_000; // that a rarity is measured by, so that it does not grow with time alone
const TAIL = 2; // a gap that is twice as wide as any is a fourth as likely

/**
 * The probability, and the value is seen from then on. 1: it was there before, or is not known. Those from `common` on may all be told
 * as 1: most readings need no more than that.
 */
export function rarityOf(record: Float64Array, start: number, value: number, common: number): number {
  if (Number.isNaN(value)) return 1;
  const count = record[start + COUNT]!;
  const seen = record[start + SEEN]! + 1;
  record[start + SEEN] = seen;
  const values = start + VALUES;
  const place = placeOf(record, values, count, value);
  const above = place < count ? record[values + place]! - value : Infinity;
  const below = place > 0 ? value - record[values + place - 1]! : Infinity;
  const gap = Math.min(above, below);
  const range = rangeOf(record, start, count);
  const isNear = gap <= NEAR * range;
  const isCommon = count === 0 || gap === 0 || gap < range * commonGap(common);
  const rarity = isCommon ? 1 : probability(record, start, gap, gap / range);
  if (isNear) see(record, start, above <= below ? place : place - 1);
  else insert(record, start, place, value);
  return rarity;
}

/**
 * From now on what is on the other side of the middle between this value, which has just been judged, and those that were seen before is held: it has
 * not returned. A value that was near another holds nothing.
 */
export function hold(record: Float64Array, start: number, value: number): void {
  if (record[start + HIGH]! > record[start + LOW]!) return; // what it holds has not returned
  const count = record[start + COUNT]!;
  const values = start + VALUES;
  const place = placeOf(record, values, count, value);
  if (place === count || record[values + place] !== value || record[start + WEIGHTS + place] !== 1) return;
  record[start + LOW] = place === 0 ? -Infinity : (record[values + place - 1]! + value) / 2;
  record[start + HIGH] = place === count - 1 ? Infinity : (record[values + place + 1]! + value) / 2;
}

/** Whether the value is held; what has returned once no longer is. */
export function isHeld(record: Float64Array, start: number, value: number): boolean {
  if (value > record[start + LOW]! && value < record[start + HIGH]!) return true;
  release(record, start);
  return false;
}

/** It may be where it is. */
export function release(record: Float64Array, start: number): void {
  record[start + LOW] = 0;
  record[start + HIGH] = 0;
}

function probability(record: Float64Array, start: number, gap: number, share: number): number {
  const count = record[start + COUNT]!;
  const values = start + VALUES;
  let lonelier = 0;
  let widest = 0;
  let left = record[start + LONERS]!;
  for (let i = 0; left > 0; i++) {
    const weight = record[start + WEIGHTS + i]!;
    if (weight > LONELY) continue;
    left--;
    const below = i > 0 ? record[values + i]! - record[values + i - 1]! : Infinity;
    const above = i < count - 1 ? record[values + i + 1]! - record[values + i]! : Infinity;
    const own = Math.min(below, above);
    if (own > widest) widest = own;
    if (own >= gap) lonelier += weight;
  }
  const others = lonelier > EXCUSED ? lonelier - EXCUSED : 0.5 * Math.min(1, widest === 0 ? 1 : widest / gap) ** TAIL;
  const prior = PRIOR_READINGS * Math.exp(-share / PRIOR_GAP);
  const fewer = Math.max(1, MOST_READINGS / record[start + SEEN]!); // times: what is unlike any other is more common then
  return Math.min(1, (prior + others * fewer * Math.sqrt(fewer)) / (PRIOR_READINGS + MOST_READINGS));
}

/** The share of the range, in which the prior alone makes a gap at least as likely. */
function commonGap(common: number): number {
  return PRIOR_GAP * Math.log(PRIOR_READINGS / (common * (PRIOR_READINGS + MOST_READINGS)));
}

function see(record: Float64Array, start: number, leader: number): void {
  const at = start + WEIGHTS + leader;
  record[at] = record[at]! + 1;
  if (record[at] === LONELY + 1) record[start + LONERS] = record[start + LONERS]! - 1;
}

/** The geometric mean of the whole range and of the inner one, so that a spike that was far away hides no other. */
function rangeOf(record: Float64Array, start: number, count: number): number {
  if (count < 2) return 0;
  const values = start + VALUES;
  const weights = start + WEIGHTS;
  const outside = record[start + SEEN]! * OUTERMOST;
  let low = 0;
  for (let weight = record[weights]!; weight <= outside && low < count - 1; weight += record[weights + low]!) low++;
  let high = count - 1;
  for (let weight = record[weights + high]!; weight <= outside && high > 0; weight += record[weights + high]!) high--;
  const whole = record[values + count - 1]! - record[values]!;
  const inner = Math.max(record[values + high]! - record[values + low]!, LEAST_INNER * whole);
  return Math.sqrt(whole) * Math.sqrt(inner);
}

function insert(record: Float64Array, start: number, place: number, value: number): void {
  const values = start + VALUES;
  const weights = start + WEIGHTS;
  let count = record[start + COUNT]!;
  let at = place;
  if (count === LEADERS) {
    if (joinClosest(record, start) < at) at--;
    count--;
  }
  record.copyWithin(values + at + 1, values + at, values + count);
  record.copyWithin(weights + at + 1, weights + at, weights + count);
  record[values + at] = value;
  record[weights + at] = 1;
  record[start + COUNT] = count + 1;
  record[start + LONERS] = record[start + LONERS]! + 1;
}

/** Makes room: of the two leaders that are closest to each other the lighter one goes. Returns its place. */
function joinClosest(record: Float64Array, start: number): number {
  const values = start + VALUES;
  const weights = start + WEIGHTS;
  let closest = 0;
  for (let i = 1, least = Infinity; i < LEADERS; i++) {
    const gap = record[values + i]! - record[values + i - 1]!;
    if (gap >= least) continue;
    least = gap;
    closest = i;
  }
  const isLighter = record[weights + closest]! < record[weights + closest - 1]!;
  const gone = isLighter ? closest : closest - 1;
  const kept = isLighter ? closest - 1 : closest;
  const before = lonely(record[weights + kept]!) + lonely(record[weights + gone]!);
  record[weights + kept] = record[weights + kept]! + record[weights + gone]!;
  record[start + LONERS] = record[start + LONERS]! + lonely(record[weights + kept]!) - before;
  record.copyWithin(values + gone, values + gone + 1, values + LEADERS);
  record.copyWithin(weights + gone, weights + gone + 1, weights + LEADERS);
  return gone;
}

function lonely(weight: number): number {
  return weight <= LONELY ? 1 : 0;
}
