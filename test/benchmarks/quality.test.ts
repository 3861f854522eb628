import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeNab } from '../../benchmarks/quality/nab.ts';
import { findSeries } from '../../benchmarks/quality/series.ts';
import { writeSkab } from '../../benchmarks/quality/skab.ts';
import { noise } from '../oracle/noise.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-quality-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function write(root: string, file: string, lines: readonly string[]): void {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), `${lines.join('\n')}\n`);
}

function timeOf(minutes: number): string {
  return new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

test('each reading of a series gets a score, and an alarm is counted where it is raised', () => {
  const root = folder();
  const out = folder();
  const { gauss } = noise(1);
  const values = Array.from({ length: 2_000 }, (_, i) => (i === 1_500 || i === 1_900 ? 40 : 0) + gauss());
  const rows = values.map((value, i) => `${timeOf(5 * i)},${value}`);
  write(root, 'nab/data/made/spikes.csv', ['timestamp,value', ...rows]);
  write(root, 'nab/data/made/unasked.csv', ['timestamp,value', ...rows]);
  const window = [timeOf(5 * 1_450), timeOf(5 * 1_550)];
  write(root, 'nab/labels/combined_windows.json', [
    JSON.stringify({ 'made/spikes.csv': [window], 'made/unasked.csv': [] }),
  ]);
  write(root, 'asked.txt', ['made/spikes.csv']);

  const { nab } = findSeries(root, join(root, 'asked.txt'));
  const shown = writeNab(nab, out);

  const [header, ...scores] = readFileSync(join(out, 'data/made/spikes.csv'), 'utf8').trim().split('\n');
  expect(header).toBe('timestamp,value,anomaly_score');
  expect(scores).toHaveLength(2_000);
  expect(Number(scores[1_500]!.split(',')[2])).toBeGreaterThan(0.999);
  expect(shown.recall).toBe(1);
  expect(shown.precision).toBeGreaterThan(0);
});

test('a reading of several sensors is predicted by all of them together, and labels are no sensors', () => {
  const root = folder();
  const out = folder();
  const { gauss } = noise(2);
  const rows = Array.from({ length: 900 }, (_, i) => {
    const isFault = i >= 700;
    const flow = 30 + gauss();
    const pressure = flow / 10 + gauss() / 20 + (isFault ? 1 : 0);
    return `${timeOf(i)};${flow};${pressure};${isFault ? 1 : 0}.0;0.0`;
  });
  write(root, 'valve1/0.csv', ['datetime;Flow;Pressure;anomaly;changepoint', ...rows]);

  const { skab } = findSeries(root, undefined);
  expect(writeSkab(skab, out)).toMatchObject({ runs: 1 });

  const [header, ...predictions] = readFileSync(join(out, 'valve1/0.csv'), 'utf8').trim().split('\n');
  expect(header).toBe('datetime,prediction');
  const share = (from: number, to: number) =>
    predictions.slice(from, to).filter(line => line.endsWith(',1')).length / (to - from);
  expect(share(400, 700)).toBeLessThan(0.1);
  expect(share(730, 900)).toBeGreaterThan(0.9);
});
