import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { killScenario } from './kill-scenario.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now() % 1e9);
const KILLS = 10;

/** `npm run test:soak -- kill` does the same with 200 kills on 2 million events. */
test(`kill -9 of run and of ingest, ${KILLS} times at drawn bytes, operations and times, seed ${SEED}`, {
  timeout: 600_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { kills, phases, outputs } = await killScenario({
    folder,
    events: 100_000,
    kills: KILLS,
    ingestKills: 4,
    seed: SEED,
  });
  expect(kills).toBe(KILLS);
  expect(Object.keys(phases).length).toBeGreaterThan(1);
  for (const { difference, lines } of Object.values(outputs)) {
    expect(difference).toBe(null);
    expect(lines).toBeGreaterThan(100);
  }
});
