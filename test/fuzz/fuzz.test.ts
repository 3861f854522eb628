import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runs } from '../oracle/runs.ts';
import { checked, fuzz } from './fuzz.ts';
import { minimize } from './minimize.ts';
import type { FuzzTarget } from './target.ts';
import { FUZZ_TARGETS } from './targets.ts';

const RUN = join(import.meta.dirname, 'run.ts');
const RUNS = runs(400).numRuns;

/** In a process of its own, so that an input that does not end is found, too. */
test.each(
  Object.keys(FUZZ_TARGETS).flatMap(target => [
    { target, seed: '1' },
    { target, seed: String(Date.now() % 1e9) },
  ]),
)('$target, seed $seed', { timeout: 300_000 }, ({ target, seed }) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-fuzz-'));
  const command = [RUN, '--target', target, '--seed', seed, '--runs', String(RUNS)];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' });
  expect(status, `${stdout}${stderr}\nits input is in ${folder}`).toBe(0);
  rmSync(folder, { recursive: true });
});

/** Fails where the input has `<<` with a digit behind it. */
const FAULTY: FuzzTarget = {
  name: 'faulty',
  covered: [], // V8 tells of a block once in a process
  seeds: [Buffer.from('a < b'), Buffer.from('some more text 12')],
  words: ['<', '7'],
  maxBytes: 100,
  check: input => {
    const at = input.indexOf('<<');
    if (at >= 0 && /\d/.test(String.fromCharCode(input[at + 2] ?? 0))) throw new Error('a fault');
  },
};

test('a fault is found, the same with the same seed, and made short', () => {
  const find = () => fuzz(FAULTY, { runs: 20_000, seed: '1' }).failure;
  const failure = find();
  expect(failure).not.toBeNull();
  expect(find()!.input.equals(failure!.input)).toBe(true);
  const shortest = minimize(FAULTY, failure!);
  expect(shortest.toString()).toMatch(/^<<\d$/);
  expect(checked(FAULTY, shortest)).not.toBeNull();
});

test('an unknown target is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-fuzz-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { stderr, status } = spawnSync(process.execPath, [RUN, '--target', 'x'], { cwd: folder, encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toContain('there are grammar, csv, ndjson, json, json-message, msgpack-message, cbor-message');
  expect(readdirSync(folder)).toEqual([]);
});
