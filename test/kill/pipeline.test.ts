import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../engine/scenario/random.ts';
import { pipelineScenario } from './pipeline-scenario.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now() % 1e9);
const EVENTS = 40_000;

test(`kill -9 of the engine, of NATS and of QuestDB between JetStream and the stored series, seed ${SEED}`, {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const outcome = await pipelineScenario({
    folder,
    events: EVENTS,
    kills: { engine: 6, nats: 2, questDb: 2 },
    random: createRandom(SEED),
  });
  expect(outcome).toMatchObject({ rawRows: EVENTS, rawSequences: EVENTS });
  expect(outcome.lateRows).toBeGreaterThan(100);
  expect(outcome.sampledPanes).toBeGreaterThan(1_000);
  expect(outcome.panes).toBeGreaterThanOrEqual(outcome.sampledPanes);
  expect(outcome.equalPanes).toBe(outcome.panes);
  expect(outcome.alerts.length).toBeGreaterThan(20);
  expect(outcome.alerts).toEqual(outcome.undisturbedAlerts);
});
