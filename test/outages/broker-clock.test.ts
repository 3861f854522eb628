import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../../engine/scenario/random.ts';
import { BrokerClock } from './broker-clock.ts';
import { differencesOf } from './outcome.ts';
import { query } from './stored-series.ts';
import { underLoad } from './under-load.ts';

const SEED = process.env['MILLRACE_SEED'] ?? String(Date.now() % 1e9);
const BACK = 15_000;
const FORTH = 30_000;

test('a broker whose clock is stepped back by an hour, and forth again', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-clock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const random = createRandom(SEED);
  let arrivals: number[][] = [];
  const outcome = await underLoad(
    {
      folder,
      settings: 'nats: { tickEvery: 200ms, tickMargin: 1ms }',
      createRewriter: () => new BrokerClock('PLANT', sequence => sequence >= BACK && sequence < FORTH),
      backlog: 5_000,
      eventsPerSecond: 5_000,
    },
    async plant => {
      const { engine, telemetry, servers } = plant;
      for (const sequence of [BACK - 2_000, BACK + 2_000, FORTH - 2_000, FORTH + 2_000]) {
        while (telemetry.published < sequence) await delay(20);
        await engine.kill();
        engine.start(['--workers', String(Math.floor(random() * 3))]);
      }
      await plant.stored(FORTH + 5_000);
      arrivals = await query(
        servers.questDb.url,
        `select seq, cast(arrived as long) from motor where seq >= ${BACK - 1} and seq <= ${FORTH} order by seq`,
      );
    },
  );
  expect(differencesOf(outcome)).toEqual([]);
  expect(outcome.alerts.length).toBeGreaterThan(20);
  const [before, ...during] = arrivals.map(([, us]) => us!);
  const forth = during.pop()!;
  expect(during).toHaveLength(FORTH - BACK);
  // The clock stands still, but for a tick that came just before, until the broker's is where it was.
  expect(Math.min(...during)).toBeGreaterThanOrEqual(before!);
  expect(new Set(during).size).toBeLessThan(5);
  expect(forth).toBeGreaterThan(Math.max(...during));
});
