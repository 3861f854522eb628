import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { SHORT_LIVED, startNats, startQuestDb } from '../../scripts/services/index.js';
import { type Message, Publisher, query, Runs } from './plant.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const nats = await startNats();
const questDb = await startQuestDb({ config: { 'dev.mode.enabled': true }, javaOptions: SHORT_LIVED });

afterAll(async () => {
  await Promise.all([nats.stop(), questDb.stop()]);
});

/** An event of a device, so many seconds from the start. */
type Reading = { readonly second: number; readonly device: number };

type Row = readonly [key: string, minute: number, n: number, hottest: number];

const STORES = {
  QuestDB: () => ({
    where: `questdb:${questDb.url}`,
    rows: async (_: Runs, text: string) => await query(questDb.url, text),
  }),
  DuckDB: () => ({
    where: 'duckdb:store.duckdb',
    rows: async ({ folder }: Runs, text: string) => {
      const instance = await DuckDBInstance.create(join(folder, 'store.duckdb'), { access_mode: 'READ_ONLY' });
      const connection = await instance.connect();
      const found = (await connection.runAndReadAll(text)).getRowsJson();
      connection.closeSync();
      instance.closeSync();
      return found;
    },
  }),
};

describe.each(Object.entries(STORES))('late events that revise rows in %s', (storeName, storeOf) => {
  test.each([0, 2])('of devices and of sites, over kill -9 and again, %i workers', async workers => {
    const name = `late_${storeName.toLowerCase()}_${workers}`;
    const { where, rows } = storeOf();
    const { runs, publisher } = await plant(name);
    const options = ['--store', where, '--workers', String(workers)];
    const all = readings();
    const late = all.filter((_, i) => i % 5 === 0);
    const inOrder = all.filter((_, i) => i % 5 !== 0);
    runs.start(...options);
    await publisher.publish(messages(name, inOrder));
    // Marks wait for a second: each kill meets revisions that are begun, under way or done.
    for (let part = 0; part < 3; part++) {
      await publisher.publish(
        messages(
          name,
          late.filter((_, i) => i % 3 === part),
        ),
      );
      await delay([300, 1_300, 2_000][part]!);
      await runs.kill();
      runs.start(...options);
    }
    await runs.kill();
    expect((await runs.runToTheEnd(...options)).code).toBe(0);

    for (const [series, keyOf] of [
      [`${name}_1m`, deviceOf],
      [`${name}_site`, siteOf],
    ] as const) {
      const key = keyOf === deviceOf ? 'device' : 'site';
      const text = `SELECT ${key}, "time", n, hottest FROM ${series} WHERE "void" IS NULL OR CAST("void" AS INT) != 1`;
      const expected = rowsOf(all, keyOf);
      await vi.waitFor(async () => expect(closed(await rows(runs, text))).toEqual(expected), {
        timeout: 20_000,
      });
    }
  });
});

test('a store that is away for longer than a second is waited for, while marks are kept', async () => {
  const name = 'away';
  const { runs, publisher } = await plant(name);
  const options = ['--store', `questdb:${questDb.url}`];
  const all = readings();
  const late = all.filter((_, i) => i % 5 === 0);
  runs.start(...options);
  await publisher.publish(
    messages(
      name,
      all.filter((_, i) => i % 5 !== 0),
    ),
  );
  await vi.waitFor(async () => expect(await query(questDb.url, `SELECT count() FROM ${name}`)).toEqual([[384]]), {
    timeout: 20_000,
  });
  await questDb.kill();
  await publisher.publish(messages(name, late.slice(0, 50))); // marks come when these are handled, whoever is away
  await delay(8_000);
  await questDb.restart();
  await publisher.publish(messages(name, late.slice(50)));
  const text = `SELECT site, "time", n, hottest FROM ${name}_site WHERE "void" IS NULL OR "void" != 1`;
  const expected = rowsOf(all, siteOf);
  await vi.waitFor(async () => expect(closed(await query(questDb.url, text))).toEqual(expected), {
    timeout: 60_000,
  });
  await runs.kill();
  expect((await runs.runToTheEnd(...options)).code).toBe(0);
  expect(closed(await query(questDb.url, text))).toEqual(expected);
});

const START_MS = Date.UTC(2026, 0, 1);
const DEVICES = 8;

/** Of each device one every ten seconds for ten minutes; the last ones close the minutes before. */
function readings(): Reading[] {
  return Array.from({ length: 60 * DEVICES }, (_, i) => ({
    second: Math.floor(i / DEVICES) * 10,
    device: i % DEVICES,
  }));
}

function deviceOf({ device }: Reading): string {
  return `m${device}`;
}

/** A device moves to the next site each two minutes. */
function siteOf({ device, second }: Reading): string {
  return `s${(device + Math.floor(second / 120)) % 3}`;
}

function temperatureOf({ device, second }: Reading): number {
  return (second * 7 + device * 13) % 97;
}

function messages(name: string, of: readonly Reading[]): Message[] {
  return of.map(reading => ({
    subject: `${name}.${deviceOf(reading)}`,
    payload: JSON.stringify({
      site: siteOf(reading),
      temp: temperatureOf(reading),
      ts: START_MS + reading.second * 1_000,
    }),
  }));
}

/** Of all minutes but the last one, which nothing closes. */
function rowsOf(all: readonly Reading[], keyOf: (reading: Reading) => string): Row[] {
  const minuteOf = ({ second }: Reading) => Math.floor(second / 60);
  const over = all.filter(reading => minuteOf(reading) < 9);
  const panes = Map.groupBy(over, reading => `${keyOf(reading)} ${minuteOf(reading)}`);
  return [...panes.values()]
    .map((of): Row => [keyOf(of[0]!), minuteOf(of[0]!), of.length, Math.max(...of.map(temperatureOf))])
    .sort(byKey);
}

/** Of the last minute there are early rows. */
function closed(rows: readonly (readonly unknown[])[]): Row[] {
  return rows
    .map(asRow)
    .filter(([, minute]) => minute < 9)
    .sort(byKey);
}

function asRow([key, time, n, hottest]: readonly unknown[]): Row {
  const minute = (Date.parse(`${String(time).replace(' ', 'T').replace('Z', '')}Z`) - START_MS) / 60_000;
  return [String(key), minute, Number(n), Number(hottest)];
}

function byKey([a, minuteA]: Row, [b, minuteB]: Row): number {
  return a === b ? minuteA - minuteB : a < b ? -1 : 1;
}

async function plant(name: string): Promise<{ readonly runs: Runs; readonly publisher: Publisher }> {
  const rules = `
stream ${name} from nats "${name}.*" json { key device: symbol = subject[2]  site: symbol  temp: float  time ts as ms  idle never }
store ${name} keep 3650d
stream ${name}_1m = from ${name} window tumbling 1m select count() as n, max(temp) as hottest revise within 7d
store ${name}_1m keep 3650d
stream ${name}_site = from ${name} window tumbling 1m by site select count() as n, max(temp) as hottest
  emit every 10s revise within 7d
store ${name}_site keep 3650d
`;
  const publisher = await Publisher.connect(nats.url, { name: name.toUpperCase(), subjects: [`${name}.*`] });
  return { runs: new Runs({ nats: nats.url, questDb: questDb.url }, { 'plant.mill': rules }), publisher };
}
