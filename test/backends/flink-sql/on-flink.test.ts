import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { drawnProgram } from './drawn-expressions.ts';
import { goldenReadings, troubledReadings } from './readings.ts';
import { type FlatRow, runOnBoth } from './run-on-flink.ts';

/** That sums and variances have in common, whatever the order in which they are summed. */
const DIGITS = 10;

const seed = Number(process.env['MILLRACE_SEED'] ?? 42);

/** Found or installed before the first test: no time limit ends that. */
const { runs, remove } = await runOnBoth(
  [
    { rules: textOf('golden.mill'), readings: goldenReadings(30_000) },
    { rules: textOf('constructs.mill'), readings: troubledReadings(1_000) },
    drawnProgram(seed, { count: 80, readings: 40 }),
  ],
  { planned: globSync(join(import.meta.dirname, 'golden/*.sql')) }, // that Flink takes them is known once this is through
);
const [golden, constructs, drawn] = runs;
afterAll(remove);

describe('of the golden stream, Flink gives the rows that we give', () => {
  test.each(['q1', 'q2', 'q3', 'q4'])('%s', file => expectSame(golden!.flink(file), golden!.ours(file)));
});

describe('of troubled readings, Flink gives the rows that we give', () => {
  // biome-ignore format: a line a subject
  const files = [
    'computed', 'tumbling', 'hopping', 'session', 'minutes', 'counted', 'ranges', 'spins', 'by_site', 'overall',
    'heat', 'twice', 'climb', 'both', 'alerts',
    'pairs', 'following', 'beside', 'perhaps', 'near', 'alone', 'known', 'recent', 'unknown', 'drift',
  ];
  test.each(files)('%s', file => expectSame(constructs!.flink(file), constructs!.ours(file)));
});

test(`values of random expressions are the same (MILLRACE_SEED=${seed})`, () => {
  expectSame(drawn!.flink('values'), drawn!.ours('values'));
});

function textOf(rules: string): string {
  return readFileSync(join(import.meta.dirname, 'on-flink', rules), 'utf8');
}

/** But for their order, the last digits, and panes that are open at the end, which Flink closes. */
function expectSame(flink: readonly FlatRow[], ours: readonly FlatRow[]): void {
  const endUs = Math.max(...ours.map(({ until = 0 }) => Number(until)));
  const closed = flink.filter(({ until = 0 }) => Number(until) <= endUs);
  expect(ours.length).toBeGreaterThan(0);
  expect(inOrder(closed)).toEqual(inOrder(ours));
}

function inOrder(rows: readonly FlatRow[]): readonly FlatRow[] {
  const texts = new Map(rows.map(row => [row, JSON.stringify(Object.entries(rounded(row)).sort())]));
  return rows.toSorted((a, b) => (texts.get(a)! < texts.get(b)! ? -1 : 1)).map(rounded);
}

function rounded(row: FlatRow): FlatRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, roundedValue(value)]));
}

function roundedValue(value: unknown): unknown {
  if (typeof value !== 'number' || Number.isInteger(value)) return value === 0 ? 0 : value; // of two zeros, one
  return Number(value.toPrecision(DIGITS));
}
