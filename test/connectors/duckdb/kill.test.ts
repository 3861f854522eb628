import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoredRun } from './stored-run.ts';

/** `npm run test:soak -- duckdb` does the same with 100 kills. */
const KILLS = Number(process.env['MILLRACE_KILLS'] ?? 2);
const SEED = Number(process.env['MILLRACE_SEED'] ?? Date.now() % 1e9);
const READINGS = 60_000 * (KILLS + 1);
const LATEST_KILL_MS = 500;

let folder: string;
let expected: Record<string, unknown>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-duckdb-kill-'));
  const undisturbed = new StoredRun(join(folder, 'undisturbed'), READINGS);
  await undisturbed.finish();
  expected = await undisturbed.contents();
  const [stored, rejected, panes, hot, alerts] = Object.values(expected).map(counts => Number((counts as string[])[0]));
  expect(stored! + rejected!).toBe(READINGS);
  expect(Math.min(rejected!, panes!, hot!, alerts!)).toBeGreaterThan(100);
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(`a run into DuckDB that is killed ${KILLS} times at drawn moments holds each row once, seed ${SEED}`, {
  timeout: 3_600_000,
}, async () => {
  const run = new StoredRun(join(folder, 'killed'), READINGS);
  const draw = random(SEED);
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const running = run.start();
    const ended = once(running, 'exit');
    while (!run.isBegun && running.exitCode === null) await new Promise(resolve => setTimeout(resolve, 5));
    const end = await Promise.race([
      ended,
      new Promise(resolve => setTimeout(resolve, draw() * LATEST_KILL_MS)).then(() => null),
    ]);
    if (end !== null) break; // it was quicker than that
    running.kill('SIGKILL');
    await ended;
    killed++;
    for (const [rows, identities, times] of Object.values(await run.contents()) as [unknown, unknown, unknown][]) {
      expect([identities, times]).toEqual([rows, rows]);
    }
  }
  expect(killed).toBeGreaterThan(0);
  await run.finish();
  expect(await run.contents()).toEqual(expected);
});

test('a run without state that is begun anew has each row once', { timeout: 600_000 }, async () => {
  const run = new StoredRun(join(folder, 'again'), READINGS);
  await run.finish({ state: false });
  await run.finish({ state: false });
  expect(await run.contents()).toEqual(expected);
});

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
