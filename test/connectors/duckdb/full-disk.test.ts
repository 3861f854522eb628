import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { StoredRun } from './stored-run.ts';

const READINGS = 60_000;
/** In KB: not enough for the rows, and enough for what is there before them. */
const LIMIT_KB = 1_500;

const folder = mkdtempSync(join(tmpdir(), 'millrace-duckdb-full-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let undisturbed: Record<string, unknown>;

beforeAll(async () => {
  const run = new StoredRun(join(folder, 'undisturbed'), READINGS);
  await run.finish();
  undisturbed = await run.contents();
}, 180_000);

/** A limit of the size of files is what a full disk is to a program: writes fail, and those that were synced are there. */
test('a full disk is told once and waited for, and when there is room each row is there once', {
  timeout: 180_000,
}, async () => {
  const run = new StoredRun(join(folder, 'told'), READINGS);
  const running = run.start({ shell: `trap '' XFSZ; ulimit -S -f ${LIMIT_KB};` });
  onTestFinished(() => void running.kill('SIGKILL'));
  const ended = once(running, 'exit');
  let said = '';
  const told = Promise.withResolvers<void>();
  running.stderr!.on('data', chunk => {
    said += chunk;
    if (said.includes('MR5305')) told.resolve();
  });
  await Promise.race([told.promise, ended]);
  expect(said).toMatch(/warning\[MR5305\].*cannot be written/);
  await new Promise(resolve => setTimeout(resolve, 1_000)); // it tries again meanwhile, to no avail
  expect(running.exitCode).toBe(null);
  spawnSync('prlimit', ['--pid', String(running.pid), '--fsize=unlimited:unlimited']);
  expect(await ended).toEqual([0, null]);
  expect(said.match(/warning\[MR5305\]/g)!.length).toBe(1);
  expect(await run.contents()).toEqual(undisturbed);
});

test('a run that is killed while the disk is full has lost nothing either', { timeout: 180_000 }, async () => {
  const run = new StoredRun(join(folder, 'killed'), READINGS);
  const running = run.start({ shell: `trap '' XFSZ; ulimit -S -f ${LIMIT_KB};` });
  const ended = once(running, 'exit');
  await Promise.race([once(running.stderr!, 'data'), ended]);
  running.kill('SIGKILL');
  await ended;
  await run.finish();
  expect(await run.contents()).toEqual(undisturbed);
});
