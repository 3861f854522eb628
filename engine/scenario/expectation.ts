import type { AlertChangeKind, TestStep } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import type { Output } from './output-record.ts';
import { START_US } from './virtual-clock.ts';

export type Expectation = Extract<TestStep, { kind: 'expect' }>;

/** A change of an alert, or a row, as an expectation sees it. */
export type Occurrence = {
  /** On the test's clock; of a window's row, the pane's start. */
  readonly timeUs: number;
  readonly key: readonly Scalar[];
  /** Fields of the key among them. */
  readonly values: Readonly<Record<string, Scalar>>;
  readonly change: AlertChangeKind | null;
  readonly severity: string | null;
};

/** What the expected rule, or stream, gave, in order of time. */
export function occurrencesOf(target: Expectation['target'], outputs: readonly Output[]): Occurrence[] {
  const occurrences = outputs.flatMap(output => (output.name === target.name ? occurrence(output, target.kind) : []));
  return occurrences.sort((a, b) => a.timeUs - b.timeUs); // stable
}

export function isMet(expectation: Expectation, { change, severity, values, ...occurrence }: Occurrence): boolean {
  return (
    isOfKey(expectation, occurrence.key) &&
    (expectation.change === null || expectation.change === change) &&
    (expectation.severity === null || expectation.severity === severity) &&
    hasValues(expectation, values) &&
    isWithin(expectation.when, occurrence.timeUs)
  );
}

/** Without a key in parentheses, any key will do. */
export function isOfKey(expectation: Expectation, key: readonly Scalar[]): boolean {
  return expectation.key.length === 0 || expectation.key.every((value, i) => value === key[i]);
}

export function hasValues(expectation: Expectation, values: Occurrence['values']): boolean {
  return Object.entries(expectation.values).every(([name, expected]) => {
    const actual = valueOf(values, name, expectation);
    return expectation.types[name] === 'float' ? isClose(expected, actual) : expected === actual;
  });
}

/** As a test says it: a time is on its clock. */
export function valueOf(values: Occurrence['values'], name: string, { types }: Pick<Expectation, 'types'>): Scalar {
  const value = values[name] ?? null;
  return types[name] === 'time' && typeof value === 'number' ? value - START_US : value;
}

/** Floats need not be equal to the last bit: nobody writes 70.10000000000001. */
function isClose(expected: Scalar, actual: Scalar): boolean {
  if (typeof expected !== 'number' || typeof actual !== 'number') return expected === actual;
  const tolerance = Math.max(1e-12, 1e-9 * Math.max(Math.abs(expected), Math.abs(actual)));
  return Math.abs(expected - actual) <= tolerance;
}

/** `before t` is [0, t), `after t` is (t, ∞), `between s and t` is [s, t]. */
export function isWithin(when: Expectation['when'], timeUs: number): boolean {
  switch (when?.kind) {
    case undefined:
      return true;
    case 'at':
      return timeUs === when!.fromUs;
    case 'before':
      return timeUs < when!.toUs!;
    case 'after':
      return timeUs > when!.fromUs;
    case 'between':
      return timeUs >= when!.fromUs && timeUs <= when!.toUs!;
  }
}

function occurrence(output: Output, kind: 'rule' | 'stream'): Occurrence[] {
  if (output.kind === 'alert' && kind === 'rule') {
    const { alert } = output;
    return [{ ...keyAndValues(alert), change: alert.change, severity: alert.level }];
  }
  if (output.kind === 'row' && kind === 'stream')
    return [{ ...keyAndValues(output.row), change: null, severity: null }];
  return [];
}

function keyAndValues(of: {
  timeUs: number;
  key: Readonly<Record<string, Scalar>>;
  values: Readonly<Record<string, Scalar>>;
}) {
  return { timeUs: of.timeUs - START_US, key: Object.values(of.key), values: { ...of.key, ...of.values } };
}
