import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { OutputRow } from '../../engine/connector.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import { root } from '../repository/tree.ts';

/**
 * Line by line against Esper's output (test/golden/README.md, which also says how the events are made). The select of
 * Q3 stands behind a stream of averages, since a range in `select` sees only what has passed `where`.
 */
const EVENTS = 200_000;
const RULES = `
stream reading from memory "readings" {
  key device: symbol
  temperature: float
  vibration: float
  pressure: float
  status: int
  time ts as ms
}
stream q1 = from reading where temperature > 95 and status == 1 select temperature
stream q2 = from reading window tumbling 10s
  select avg(temperature) as mean, count() as n, min(temperature) as low, max(temperature) as high, stddev(temperature) as deviation
stream q3 = from reading where temperature > 1.5 * avg(temperature, 60s) select temperature
stream averaged = from reading select temperature, avg(temperature, 60s) as average
stream q3_averages = from averaged where temperature > 1.5 * average
stream q4 = match a: reading[temperature > 90] -> b: reading[vibration > 9.5] within 10s
  select a.temperature as temperature, a.time as first, b.vibration as vibration
`;

const { plan, diagnostics } = compile({ file: 'golden.mill', text: RULES });

describe.each([
  { batchEvents: 1000, restoreAt: null },
  { batchEvents: 4096, restoreAt: null },
  { batchEvents: 1000, restoreAt: 100_500 },
  { batchEvents: 4096, restoreAt: 99_999 },
])('batches of $batchEvents, restored at $restoreAt', options => {
  let rows: Map<string, OutputRow[]>;
  beforeAll(() => {
    rows = run(options);
  });

  test('the rules compile', () => expect(diagnostics).toEqual([]));

  test('Q1: a filter', () => {
    expectLines('Q1', rows.get('q1')!, row => [ms(row), row.key['device'], row.values['temperature']]);
  });

  test('Q2: a tumbling window', () => {
    const values = ['mean', 'n', 'low', 'high', 'deviation'];
    const sorted = rows.get('q2')!.toSorted((a, b) => a.timeUs - b.timeUs || deviceNumber(a) - deviceNumber(b));
    expectLines('Q2', sorted, row => [ms(row) + 10_000, row.key['device'], ...values.map(name => row.values[name])]);
  });

  test('Q3: a condition over a range', () => {
    expectLines('Q3', rows.get('q3_averages')!, row => [
      ms(row),
      row.key['device'],
      row.values['temperature'],
      row.values['average'],
    ]);
    const passed = (row: OutputRow) => [ms(row), row.key['device'], row.values['temperature']];
    expect(rows.get('q3')!.map(passed)).toEqual(rows.get('q3_averages')!.map(passed));
  });

  test('Q4: one event followed by another', () => {
    expectLines('Q4', rows.get('q4')!, row => {
      const { temperature, first, vibration } = row.values;
      return [ms(row), row.key['device'], temperature, Number(first) / 1000, vibration];
    });
  });
});

function expectLines(query: string, rows: readonly OutputRow[], cells: (row: OutputRow) => unknown[]): void {
  const text = gunzipSync(readFileSync(join(root, `test/golden/esper-${query}.csv.gz`))).toString();
  const lines = text.trimEnd().split('\n');
  expect(rows.length).toBe(lines.length);
  const different = lines.findIndex((line, i) => !isSameLine(line.split(','), cells(rows[i]!)));
  if (different >= 0) expect(cells(rows[different]!).join()).toBe(lines[different]);
}

function isSameLine(expected: readonly string[], actual: readonly unknown[]): boolean {
  return expected.length === actual.length && expected.every((cell, i) => isSameCell(cell, actual[i]));
}

function isSameCell(expected: string, actual: unknown): boolean {
  if (typeof actual !== 'number') return actual === expected;
  const number = Number(expected);
  return Math.abs(number - actual) <= 1e-12 * Math.abs(number);
}

function run({ batchEvents, restoreAt }: { batchEvents: number; restoreAt: number | null }): Map<string, OutputRow[]> {
  const rows = new Map<string, OutputRow[]>();
  const options: EngineOptions = {
    rowStreams: ['q1', 'q2', 'q3', 'q3_averages', 'q4'],
    onRows: batch => rows.set(batch.stream, (rows.get(batch.stream) ?? []).concat(batch.rows)),
  };
  const source = plan!.nodes.find(node => node.kind === 'source')!;
  let engine = new Engine(plan!, options);
  let builder = new BatchBuilder(source, engine.symbols);
  const random = mulberry32(42);
  for (let i = 0; i < EVENTS; i++) {
    addEvent(builder, i, [random(), random(), random(), random()]);
    const isCut = i + 1 === restoreAt;
    if (builder.size === batchEvents || isCut) engine.push(builder.build());
    if (!isCut) continue;
    engine = new Engine(plan!, { ...options, snapshot: structuredClone(engine.snapshot()) });
    builder = new BatchBuilder(source, engine.symbols);
  }
  addEvent(builder, EVENTS, [0, 0, 0, 1]); // closes the last panes
  engine.push(builder.build());
  engine.finish('reading');
  return rows;
}

function addEvent(builder: BatchBuilder, i: number, [u1, u2, u3, u4]: readonly [number, number, number, number]): void {
  const timeMs = 1_700_000_000_000 + i;
  const values = [
    `d${i % 1000}`,
    20 + 60 * u1 + (u4 < 0.01 ? 40 : 0),
    10 * u2,
    1 + 4 * u3,
    i % 7 === 0 ? 1 : 0,
    timeMs,
  ];
  builder.arrivalUs = timeMs * 1000;
  values.forEach((value, slot) => builder.setValue(slot, value));
  if (!builder.commit()) throw new Error('the schema refuses an event');
}

function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function ms(row: OutputRow): number {
  return row.timeUs / 1000;
}

function deviceNumber(row: OutputRow): number {
  return Number(String(row.key['device']).slice(1));
}
