import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../engine/scenario/random.ts';
import { differencesOf } from './outcome.ts';
import { pipelineScenario } from './pipeline-scenario.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now() % 1e9);

/** `npm run test:soak -- pipeline` does the same with more of everything. */
test(`kill -9 of the engine, of NATS and of QuestDB, and connections that are cut anywhere, seed ${SEED}`, {
  timeout: 900_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const outcome = await pipelineScenario({
    folder,
    backlog: 20_000,
    eventsPerSecond: 3_000,
    kills: { engine: 6, nats: 2, questDb: 2 },
    cuts: { nats: 4, questDb: 4 },
    random: createRandom(SEED),
  });
  expect(differencesOf(outcome)).toEqual([]);
  expect(outcome.messages).toBeGreaterThan(40_000);
  expect(outcome.lateRows).toBeGreaterThan(100);
  expect(outcome.sampledPanes).toBeGreaterThan(1_000);
  expect(outcome.alerts.length).toBeGreaterThan(20);
});
