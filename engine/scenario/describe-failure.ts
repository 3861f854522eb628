import type { Scalar } from '../batch.ts';
import { showDuration } from '../operators/rule/show.ts';
import { type Expectation, hasValues, isOfKey, isWithin, type Occurrence, valueOf } from './expectation.ts';

const SHOWN_OCCURRENCES = 3;

const UNITS_US: Readonly<Record<string, number>> = {
  w: 604_800_000_000,
  d: 86_400_000_000,
  h: 3_600_000_000,
  m: 60_000_000,
  s: 1_000_000,
  ms: 1_000,
  us: 1,
};

/** `expected overheating("m1") high raised at 160s; it was raised at 170s` */
export function describeFailure(expectation: Expectation, occurrences: readonly Occurrence[]): string {
  return `expected ${expectation.text.replace(/^expect\s+/, '')}; ${whatHappened(expectation, occurrences)}`;
}

/** `occurrences` are, of a broken `expect no`, those that it forbids; else all of the rule or stream. */
function whatHappened(expectation: Expectation, occurrences: readonly Occurrence[]): string {
  const ofKey = occurrences.filter(occurrence => isOfKey(expectation, occurrence.key));
  if (ofKey.length === 0) return nothingHappened(expectation, occurrences);
  const nearest = ofKey
    .map(occurrence => ({ occurrence, distance: distanceOf(expectation, occurrence) }))
    .sort((a, b) => a.distance.mismatches - b.distance.mismatches || a.distance.timeUs - b.distance.timeUs)
    .slice(0, SHOWN_OCCURRENCES)
    .map(({ occurrence }) => occurrence)
    .sort((a, b) => a.timeUs - b.timeUs);
  const more = ofKey.length - nearest.length;
  const shown = nearest.map(occurrence => describe(expectation, occurrence)).join(', ');
  return `${subjectOf(expectation)} ${shown}${more > 0 ? `, and ${more} more` : ''}`;
}

function nothingHappened({ target }: Expectation, others: readonly Occurrence[]): string {
  const nothing = target.kind === 'rule' ? 'it raised no alert' : 'it gave no row';
  if (others.length === 0) return nothing;
  const keys = [...new Set(others.map(({ key }) => keyText(key)))].slice(0, SHOWN_OCCURRENCES);
  return `${nothing} for this key, only for ${keys.join(', ')}`;
}

function distanceOf(expectation: Expectation, occurrence: Occurrence): { mismatches: number; timeUs: number } {
  const { change, severity, when } = expectation;
  const differs = [
    change !== null && change !== occurrence.change,
    severity !== null && severity !== occurrence.severity,
    !hasValues(expectation, occurrence.values),
  ];
  return { mismatches: differs.filter(Boolean).length, timeUs: missedByUs(when, occurrence.timeUs) };
}

function missedByUs(when: Expectation['when'], timeUs: number): number {
  if (when === null || isWithin(when, timeUs)) return 0;
  return Math.min(Math.abs(timeUs - when.fromUs), Math.abs(timeUs - (when.toUs ?? when.fromUs)));
}

function subjectOf({ target }: Expectation): string {
  return target.kind === 'rule' ? 'it' : 'its rows:';
}

function describe(expectation: Expectation, occurrence: Occurrence): string {
  const { change, severity, timeUs, key } = occurrence;
  const at = `at ${timeText(timeUs, expectation.text)}`;
  const names = Object.keys(expectation.values);
  const values = names.map(name => `${name}: ${fieldText(name, occurrence, expectation)}`).join(', ');
  const of = expectation.key.length === 0 && key.length > 0 ? ` for ${keyText(key)}` : '';
  const having = values === '' ? '' : ` with ${values}`;
  if (change === null) return `${at}${of}${having}`;
  if (change === 'level') return `went to ${severity} ${at}${of}${having}`;
  const as = severity === expectation.severity || change === 'cleared' ? '' : ` as ${severity}`;
  return `was ${change}${as} ${at}${of}${having}`;
}

/** Durations and times as the test writes them. */
function fieldText(name: string, { values }: Occurrence, expectation: Expectation): string {
  const value = valueOf(values, name, expectation);
  const type = expectation.types[name];
  if (typeof value !== 'number' || (type !== 'duration' && type !== 'time')) return valueText(value);
  return type === 'duration' ? showDuration(value) : timeText(value, expectation.text);
}

function keyText(key: readonly Scalar[]): string {
  return `(${key.map(valueText).join(', ')})`;
}

function valueText(value: Scalar): string {
  return JSON.stringify(value);
}

/** In the unit that the expectation is written in, where the time is a whole number of it: `170s`, not `2m50s`. */
function timeText(timeUs: number, written: string): string {
  const own = /\d(ms|us|[smhdw])\s*$/.exec(written)?.[1] ?? 's';
  const unit = [own, 's', 'ms'].find(candidate => Number.isInteger(timeUs / UNITS_US[candidate]!)) ?? 'us';
  return `${timeUs / UNITS_US[unit]!}${unit}`;
}
