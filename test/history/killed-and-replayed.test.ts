import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test, vi } from 'vitest';
import { createQuestDbConnector } from '../../connectors/questdb/index.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { SHORT_LIVED, startNats, startQuestDb } from '../../scripts/services/index.js';
import { jsonLines, millraceWith } from '../apps/millrace.ts';
import { type Message, Publisher, Runs, untilRows } from '../store-outages/plant.ts';
import { storedRows } from './live-run.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const RULES = `stream motor from nats "plant.motors" json {
  key device: symbol  temp: float degC in -40..200  rms: float  state: symbol  time ts as ms
  lateness 2s  idle never
}
store motor
stream motor_10s = from motor window tumbling 10s
  select count() as n, avg(temp) as mean, stddev(rms) as spread, last(state) as state
store motor_10s
rule hot on motor { medium when avg(temp, 8s) > 60 degC  high when temp > 85 degC for 3s  clear when temp < 55 degC for 2s }
rule rough on motor_10s { low when spread > 25  clear when spread < 20 }
rule restarts on a: motor[state == "stopped"] -> b: motor[state == "running" and temp > 70 degC] within 20s { info }
route alerts to file "alerts.ndjson"
`;

const nats = await startNats();
const questDb = await startQuestDb({ config: { 'dev.mode.enabled': true }, javaOptions: SHORT_LIVED });
const servers = { nats: nats.url, questDb: questDb.url };

afterAll(async () => {
  await Promise.all([nats.stop(), questDb.stop()]);
});

test('a run from JetStream that is killed again and again, and the replay of what it stored: the same alerts and rows', async () => {
  const runs = new Runs(servers, { 'plant.mill': RULES });
  const publisher = await Publisher.connect(nats.url, { name: 'plant', subjects: ['plant.>'] });
  const telemetry = motorTelemetry(3_000);
  for (let kill = 0; kill < 3; kill++) {
    runs.start();
    await publisher.publish(telemetry.messages.slice(kill * 900, (kill + 1) * 900));
    await untilRows(questDb.url, 'motor', kill * 900 + 300);
    await delay(50 * kill);
    await runs.kill();
  }
  await publisher.publish(telemetry.messages.slice(2_700));
  expect(await runs.runToTheEnd()).toMatchObject({ code: 0 });

  const live = changesOf(readFileSync(join(runs.folder, 'alerts.ndjson'), 'utf8'), telemetry.toUs);
  expect(live.length).toBeGreaterThan(20);
  const to = new Date(telemetry.toUs / 1_000).toISOString();
  for (const workers of ['0', '3']) {
    const words = ['replay', 'plant.mill', '--store', 'questdb', '--to', to, '--json', '--workers', workers];
    const replayed = millraceWith(servers, words, { cwd: runs.folder });
    expect(replayed).toMatchObject({ code: 0, err: '' });
    expect(changesOf(replayed.out, telemetry.toUs)).toEqual(live);
  }

  const reader = createQuestDbConnector({ url: questDb.url }).openReader!();
  const rows = await storedRows(await reader, 'motor_10s');
  expect(rows.length).toBeGreaterThan(100);
  const filled = millraceWith(
    servers,
    ['replay', 'plant.mill', '--store', 'questdb', '--into', 'series', '--to', to, '--workers', '2'],
    { cwd: runs.folder },
  );
  expect(filled).toMatchObject({ code: 0, err: '' });
  expect(filled.out).toContain('series are written to questdb');
  await delay(500); // QuestDB shows rows soon after they are committed
  expect(await storedRows(await reader, 'motor_10s')).toEqual(rows);
  await (await reader).close();
});

/** Devices that run hot and cold; some events are late, some refused. Their times are of the last hour. */
function motorTelemetry(count: number): { readonly messages: readonly Message[]; readonly toUs: number } {
  const random = createRandom('motors');
  const startMs = Date.now() - 3_000_000;
  let nowMs = startMs;
  const messages = Array.from({ length: count }, (_, i): Message => {
    nowMs += Math.floor(random() * 400);
    const device = `m${Math.floor(random() * 5)}`;
    const lateMs = random() < 0.2 ? Math.floor(random() * 5_000) : 0;
    const temp = random() < 0.01 ? 900 : 55 + 40 * Math.sin(i / 60) + 10 * random();
    const state = random() < 0.1 ? 'stopped' : 'running';
    const reading = { device, temp, rms: 60 * random(), state, ts: nowMs - lateMs };
    return { subject: 'plant.motors', payload: JSON.stringify(reading) };
  });
  return { messages, toUs: (nowMs - 60_000) * 1_000 };
}

/** As text, each once, before a time: whole, but for what history adds. */
function changesOf(lines: string, toUs: number): string[] {
  const alerts = jsonLines(lines).filter(({ type }) => type === 'alert');
  return alerts
    .filter(({ time }) => Date.parse(String(time)) * 1_000 < toUs)
    .map(({ historical: _, ...change }) => JSON.stringify(change))
    .sort();
}
