import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../engine/scenario/random.ts';
import { outageScenario } from './outage-scenario.ts';
import { differencesOf } from './outcome.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now() % 1e9);

/** `npm run test:soak -- outages` does the same with times as they are in a plant. */
test(`an engine that stands still, connections that swallow everything, servers that are away, seed ${SEED}`, {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-outages-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const outcome = await outageScenario({
    folder,
    natsConfig: 'ping_interval: "500ms"\nping_max: 1',
    settings: 'nats: { pingInterval: 500ms }',
    backlog: 20_000,
    eventsPerSecond: 3_000,
    settleSeconds: 0.5,
    disturbances: [
      { kind: 'stop', seconds: 3 },
      { kind: 'swallow', what: 'nats', seconds: 3 },
      { kind: 'swallow', what: 'questDb', seconds: 2 },
      { kind: 'away', what: 'nats', seconds: 2 },
      { kind: 'away', what: 'questDb', seconds: 10, until: 'MR5200' },
    ],
    random: createRandom(SEED),
  });
  expect(differencesOf(outcome)).toEqual([]);
  const [stopped, silentNats, , awayNats, awayQuestDb] = outcome.observations;
  expect(stopped!.told).toContain('MR5101'); // the server gave it up
  expect(silentNats!.told).toContain('MR5101'); // and it the server
  expect(awayNats!.told).toContain('MR5101');
  expect(awayQuestDb!.told).toContain('MR5200');
  for (const { told } of outcome.observations) expect(told.length).toBeLessThan(10);
  expect(awayQuestDb!.behind).toBeGreaterThan(10_000);
});
