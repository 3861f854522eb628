import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../engine/scenario/random.ts';
import { differencesOf } from '../outages/outcome.ts';
import { clusterScenario, type Disturbance } from './cluster-scenario.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now() % 1e9);

/** `npm run test:soak -- cluster` does the same with more of everything. */
test(`processes that share the work, killed, stopped and drained, seed ${SEED}`, { timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-cluster-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const disturbances: Disturbance[] = ['kill', 'stop', 'drain'];
  const outcome = await clusterScenario({
    folder,
    processes: 2,
    shares: 4,
    backlog: 5_000,
    eventsPerSecond: 1_500,
    next: () => disturbances.shift() ?? null,
    stopMs: 7_000,
    pauseMs: 500,
    random: createRandom(SEED),
  });
  expect(differencesOf(outcome)).toEqual([]);
  expect([...outcome.listedOwners].sort()).toEqual(['p0', 'p0', 'p1', 'p1']);
  expect(outcome.messages).toBeGreaterThan(10_000);
  expect(outcome.sampledPanes).toBeGreaterThan(500);
  expect(outcome.alerts.length).toBeGreaterThan(5);
  expect(outcome.moveMs.length).toBeGreaterThan(1);
});
