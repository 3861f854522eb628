import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JetStreamManager } from '@nats-io/jetstream';
import { expect, onTestFinished, test } from 'vitest';
import { byDevice, differencesOf } from './outcome.ts';
import { Plant } from './plant.ts';
import { READ } from './rules.ts';
import { query, storedSeries } from './stored-series.ts';
import { publishedAlerts } from './telemetry.ts';

const REMOVED = /\(sequence ([\d,]+) to ([\d,]+)\) were removed/;

test('what is removed before it is read is told, and nothing else is missing; a stream that is made anew is another one', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-missing-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const plant = await Plant.start({ folder, settings: 'nats: { maxWaitingMessages: 1000 }' });
  onTestFinished(() => plant.close());
  const { engine, telemetry, servers } = plant;
  const { streams } = telemetry.manager;
  await streams.add({ name: 'COPY', mirror: { name: 'PLANT' } }); // of all that was published
  engine.start();
  const published = telemetry.publish({ atLeast: 5_000, perSecond: 5_000 });
  await plant.stored(5_000);
  engine.freeze();
  const frozenAt = await telemetry.lastSequence();
  while (telemetry.published < frozenAt + 8_000) await delay(20);
  await streams.purge('PLANT', { seq: frozenAt + 6_000 });
  engine.thaw();
  await plant.stored(frozenAt + 8_000);
  telemetry.end();
  await published;
  await engine.stop();
  await engine.runToTheEnd();

  const messages = await telemetry.lastSequence();
  const told = new Set(engine.removed.flatMap(sequencesOf));
  const rows = new Set((await query(servers.questDb.url, 'select seq from motor')).map(([sequence]) => sequence));
  const missing = Array.from({ length: messages }, (_, i) => i + 1).filter(sequence => !rows.has(sequence));
  expect(missing.length).toBeGreaterThan(1_000);
  expect([...told].toSorted((a, b) => a - b)).toEqual(missing);

  // The same as of a run over a stream in which these messages never were.
  while ((await streams.info('COPY')).state.last_seq < messages) await delay(20);
  for (const sequence of missing) await streams.deleteMessage('COPY', sequence, false);
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  writeFileSync(join(copy, 'undisturbed.mill'), READ);
  writeFileSync(join(copy, 'millrace.yaml'), 'nats: { streams: { "plant.*.motor": COPY } }');
  const series = await storedSeries(servers.questDb.url);
  const alerts = byDevice(await publishedAlerts(servers.nats.url));
  const undisturbedAlerts = byDevice(await engine.undisturbedAlerts(copy));
  expect(alerts.length).toBeGreaterThan(20);
  const outcome = { ...series, messages: messages - missing.length, alerts, undisturbedAlerts };
  expect(differencesOf(outcome)).toEqual([]);

  // The same subjects, devices, times and sequences again.
  engine.start();
  await isRead(telemetry.manager);
  await streams.delete('PLANT');
  await telemetry.createStream();
  await telemetry.publish({ atLeast: 5_000, perSecond: Infinity });
  expect(await engine.ended()).toBe(3);
  expect(engine.takeSaid()).toMatch(/MR5107.*made anew at .*sequence \d+ was the last/);
  engine.start();
  expect(await engine.ended()).toBe(3);
  expect(engine.takeSaid()).toContain('MR5107');
  engine.forgetState();
  await engine.runToTheEnd();
  const again = await telemetry.lastSequence();
  const bySource = await query(servers.questDb.url, 'select count(), count_distinct(seq) from motor group by source');
  expect(bySource.toSorted(([a], [b]) => a! - b!)).toEqual([
    [again, again],
    [series.rawRows, series.rawRows],
  ]);

  engine.start();
  await isRead(telemetry.manager);
  await streams.delete('PLANT');
  expect(await engine.ended()).toBe(3);
  expect(engine.takeSaid()).toMatch(/MR5108.*sequence \d+ was the last/);
});

/** Resolves when the engine has opened the stream. */
async function isRead({ consumers }: JetStreamManager): Promise<void> {
  const isOurs = ({ name }: { readonly name: string }) => name.startsWith('millrace');
  while (!(await consumers.list('PLANT').next()).some(isOurs)) await delay(20);
}

function sequencesOf(reason: string): number[] {
  const [, from, to] = REMOVED.exec(reason)!.map(text => Number(text.replaceAll(',', '')));
  return Array.from({ length: to! - from! + 1 }, (_, i) => from! + i);
}
