import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createRandom } from '../../engine/scenario/random.ts';
import { SHORT_LIVED, startNats, startQuestDb } from '../../scripts/services/index.js';
import { folderWith, jsonLines, millrace, millraceWith } from '../apps/millrace.ts';
import { Service, SOON } from '../server/service.ts';
import { type Message, Publisher, Runs, untilRows } from '../store-outages/plant.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const STREAM = `stream motor from nats "plant.motors" json {
  key device: symbol  temp: float degC  state: symbol  time ts as ms  lateness 2s  idle never
}
store motor
`;
const RULES = `${STREAM}
stream motor_30m = from motor window tumbling 30m select count() as n, max(temp) as most
store motor_30m
rule warm on motor { medium when avg(temp, 2h) > 60 degC  clear when avg(temp, 2h) < 55 degC }
rule hot on motor { high when temp > 90 degC for 20s  clear when temp < 80 degC }
rule climbs on motor_30m { low when most > max(most, 2h) - 1 K }
route alerts to file "alerts.ndjson"
`;

describe('with NATS and QuestDB', async () => {
  const nats = await startNats();
  const questDb = await startQuestDb({ config: { 'dev.mode.enabled': true }, javaOptions: SHORT_LIVED });
  const servers = { nats: nats.url, questDb: questDb.url };
  afterAll(async () => {
    await Promise.all([nats.stop(), questDb.stop()]);
  });

  test('rules that come later, and a kill while they are filled: the alerts and rows of the replay', async () => {
    const runs = new Runs(servers, { 'plant.mill': STREAM });
    const publisher = await Publisher.connect(nats.url, { name: 'plant', subjects: ['plant.>'] });
    const { past, coming, atUs, toUs } = telemetry();
    runs.start();
    await publisher.publish(past);
    await untilRows(questDb.url, 'motor', PAST_EVENTS);
    await runs.kill(); // what it stored last is behind its checkpoint
    expect(await runs.runToTheEnd()).toMatchObject({ code: 0 });

    writeFileSync(join(runs.folder, 'plant.mill'), RULES);
    const plan = millraceWith(servers, ['plan', 'plant.mill', '--state', 'state'], { cwd: runs.folder });
    expect(plan.out).toMatch(/filled {2}range avg\(temp, 2h\) of motor +it is new; filled from the last 2h of motor\n/);
    for (const workers of ['2', '0']) {
      runs.start('--workers', workers);
      await vi.waitUntil(() => runs.said.includes('MR6040'), SOON);
      await runs.kill();
      expect(existsSync(join(runs.folder, 'alerts.ndjson')) && alertsIn(runs.folder) !== '').toBe(false);
    }
    runs.start('--workers', '2');
    await vi.waitUntil(() => runs.said.includes('MR6041'), SOON);
    expect(runs.said).toContain('MR6040');
    await publisher.publish(coming);
    await untilRows(questDb.url, 'motor', PAST_EVENTS + COMING_EVENTS);
    await runs.kill();
    expect(await runs.runToTheEnd()).toMatchObject({ code: 0 });
    expect(alertsIn(runs.folder)).not.toBe('');

    const to = new Date(toUs / 1_000).toISOString();
    const words = ['replay', 'plant.mill', '--store', 'questdb', '--to', to, '--json', '--workers', '0'];
    const replayed = changesOf(millraceWith(servers, words, { cwd: runs.folder }).out, toUs);
    const live = changesOf(alertsIn(runs.folder), toUs);
    const after = (changes: readonly Change[]) => textsOf(changes.filter(({ timeUs }) => timeUs > atUs));
    expect(after(live).length).toBeGreaterThan(5);
    expect(after(live)).toEqual(after(replayed));
    // What fires when the rules come is told then, as it was raised.
    const early = live.filter(({ timeUs }) => timeUs <= atUs);
    expect(early.length).toBeGreaterThan(0);
    expect(textsOf(replayed)).toEqual(expect.arrayContaining([...textsOf(early)]));
    expect(openAt(replayed, atUs)).toEqual(openAt(live, atUs));
  });
});

test('a rule that is deployed sees the days before: its alert comes with the next reading', async () => {
  const hour = 3_600;
  const startS = 1_767_225_600;
  const line = (i: number, temp: number) => `m1,${temp},${startS + i * hour}\n`;
  const stream = `stream motor from file "../motor.csv" csv { key device: symbol  temp: float degC  time ts as s  idle never }
store motor
route alerts to file "../alerts.ndjson"
`;
  const folder = folderWith({
    'millrace.yaml': 'http: { port: 0 }\nworkers: 0\nrules: rules\nstate: state\nstore: duckdb:store.duckdb\n',
    'motor.csv': `device,temp,ts\n${Array.from({ length: 300 }, (_, i) => line(i, 60 + (i % 7))).join('')}`,
  });
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules/rules.mill'), stream);
  const service = await Service.start(folder);
  await service.ready();
  const events = async () => {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return Number(/millrace_events_total\{stream="motor"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  await expect.poll(events, SOON).toBe(300);

  const rules = `${stream}rule unusual on motor { high when temp > avg(temp, 7d) + 5 K and count(temp, 7d) >= 168 }\n`;
  const { status, body } = await service.deploy(rules);
  expect({ status, outcome: body['outcome'] }).toEqual({ status: 200, outcome: 'switched' });
  expect(body['changes']).toContainEqual(
    expect.objectContaining({
      state: 'filled',
      kind: 'range',
      reason: expect.stringContaining('the last 7d of motor'),
    }),
  );
  expect(body['warm_from']).toEqual({});
  expect(service.codes()).toEqual(expect.arrayContaining(['MR6040', 'MR6041']));
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toMatch(/millrace_fill_share 1\n/);
  appendFileSync(join(folder, 'motor.csv'), line(300, 95));
  await expect.poll(() => alertsIn(folder), SOON).toContain('raised');
  expect(await service.ended('SIGTERM')).toBe(0);

  writeFileSync(join(folder, 'all.mill'), rules);
  const replayed = millrace(['replay', 'all.mill', '--store', 'duckdb:store.duckdb', '--json', '--workers', '0'], {
    cwd: folder,
  });
  const raised = changesOf(alertsIn(folder), Infinity).filter(({ change }) => change === 'raised');
  expect(textsOf(raised)).toEqual(
    textsOf(changesOf(replayed.out, Infinity).filter(({ change }) => change === 'raised')),
  );
  expect(raised).toHaveLength(1);
});

test('where the store is away, or has another series, the rules start empty and say so once', async () => {
  const motor = `stream motor from file "motor.csv" csv { key device: symbol  temp: float degC  time ts as s }\nstore motor\n`;
  const folder = folderWith({
    'motor.csv': 'device,temp,ts\nm1,60,1767225600\nm1,61,1767225601\n',
    'motor.mill': motor,
    'more.mill': `${motor}rule old on motor { low when avg(temp, 7d) > 50 degC }\n`,
    'other.mill': motor.replaceAll(/\bmotor\b(?!\.)/g, 'other'),
  });
  const run = (...words: string[]) => millrace(['run', ...words], { cwd: folder });
  expect(run('motor.mill', '--state', 'state', '--store', 'duckdb:one.duckdb').code).toBe(0);
  expect(run('other.mill', '--store', 'duckdb:two.duckdb').code).toBe(0);
  cpSync(join(folder, 'state'), join(folder, 'state-2'), { recursive: true });

  const other = run('more.mill', '--state', 'state', '--store', 'duckdb:two.duckdb');
  expect(other.code).toBe(0);
  expect(other.err.match(/warning\[MR604\d\]/g)).toEqual(['warning[MR6043]']);
  expect(other.err).toContain(
    'warning[MR6007]: the rules are not those of the last run: 2 of 3 parts of the state start empty',
  );

  const none = run('more.mill', '--state', 'state-2', '--store', 'duckdb:three.duckdb');
  expect(none.code).toBe(0);
  expect(none.err.match(/warning\[MR604\d\]/g)).toEqual(['warning[MR6042]']);
});

const PAST_EVENTS = 60_000;
const COMING_EVENTS = 20_000;
const A_MESSAGE = 200;

type Change = { readonly timeUs: number; readonly id: string; readonly change: string; readonly text: string };

/** Devices that run hot and cold, a reading about every second of all of them; some events are late. The past is of 10 hours. */
function telemetry() {
  const random = createRandom('new rules');
  let nowMs = Date.now() - 50_000_000;
  let atUs = 0;
  const messages: Message[] = [];
  for (let first = 0; first < PAST_EVENTS + COMING_EVENTS; first += A_MESSAGE) {
    const readings = Array.from({ length: A_MESSAGE }, (_, i) => {
      nowMs += Math.floor(random() * 1_200);
      const lateMs = random() < 0.1 ? Math.floor(random() * 4_000) : 0;
      const device = `m${Math.floor(random() * 5)}`;
      const temp = 60 + 25 * Math.sin((first + i) / 4_000) + 20 * random();
      return { device, temp, state: random() < 0.1 ? 'stopped' : 'running', ts: nowMs - lateMs };
    });
    messages.push({ subject: 'plant.motors', payload: JSON.stringify(readings) });
    if (first + A_MESSAGE === PAST_EVENTS) atUs = nowMs * 1_000;
  }
  const past = messages.slice(0, PAST_EVENTS / A_MESSAGE);
  return { past, coming: messages.slice(past.length), atUs, toUs: (nowMs - 60_000) * 1_000 };
}

function alertsIn(folder: string): string {
  const path = join(folder, 'alerts.ndjson');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function changesOf(lines: string, toUs: number): readonly Change[] {
  const alerts = jsonLines(lines).filter(({ type }) => type === 'alert');
  return alerts
    .map(({ historical: _, ...change }) => ({
      timeUs: Date.parse(String(change['time'])) * 1_000,
      id: String(change['id']),
      change: String(change['change']),
      text: JSON.stringify(change),
    }))
    .filter(({ timeUs }) => timeUs < toUs)
    .sort((a, b) => a.timeUs - b.timeUs || (a.text < b.text ? -1 : 1));
}

function textsOf(changes: readonly Change[]): readonly string[] {
  return changes.map(({ text }) => text);
}

/** Ids of alerts that fire then. */
function openAt(changes: readonly Change[], atUs: number): readonly string[] {
  const open = new Set<string>();
  for (const { timeUs, id, change } of changes) {
    if (timeUs > atUs) continue;
    if (change === 'cleared') open.delete(id);
    else open.add(id);
  }
  return [...open].sort();
}
