import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test, vi } from 'vitest';
import { SHORT_LIVED, startNats, startQuestDb } from '../../scripts/services/index.js';
import { type Message, Publisher, query, Runs, untilRows } from './plant.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const nats = await startNats();
const questDb = await startQuestDb({ config: { 'dev.mode.enabled': true }, javaOptions: SHORT_LIVED });
const { url } = questDb;

afterAll(async () => {
  await Promise.all([nats.stop(), questDb.stop()]);
});

test('a table that is dropped: what came since the last checkpoint is written again, and the rest is named', async () => {
  const { runs, publisher } = await plant('dropped');
  runs.start();
  await publisher.publish(events('dropped', 0, 300));
  await untilRows(url, 'dropped', 300);
  const more = publisher.publish(events('dropped', 300, 600));
  await delay(50);
  await query(url, 'DROP TABLE dropped');
  const [firstAfter] = await publisher.publish(events('dropped', 2_000, 300));
  await more;
  expect(await runs.end()).toMatchObject({
    code: 3,
    said: expect.stringMatching(/MR5205.*the table dropped .*not the one that was written to/),
  });
  const again = await runs.runToTheEnd();
  expect(again).toMatchObject({ code: 0, said: expect.stringMatching(/MR5213.*the table dropped .*rows .*since/s) });
  expect(again.said).not.toContain('dropped_rejected');

  await untilRows(url, 'dropped', 300);
  await expect.poll(() => lastOf('dropped')).toBe(1_200);
  const sequences = await sequencesOf('dropped');
  const [first] = sequences;
  expect(first).toBeLessThanOrEqual(firstAfter!);
  expect(sequences).toEqual(range(first!, 1_200)); // none is missing behind the checkpoint, none is there twice
  const [[created]] = (await query(url, 'SHOW CREATE TABLE dropped')) as [[string]];
  expect(created).toContain('DEDUP UPSERT KEYS(time,device,source,seq,item)');
  expect(created).toMatch(/TTL 3650 DAYS|TTL \d+ (MONTH|YEAR)S/);
  expect((await runs.runToTheEnd()).said).toBe(''); // told once
});

test('a table that is dropped and made anew by hand', async () => {
  const { runs, publisher } = await plant('by_hand');
  runs.start();
  await publisher.publish(events('by_hand', 0, 300));
  await untilRows(url, 'by_hand', 300);
  const [[created]] = (await query(url, 'SHOW CREATE TABLE by_hand')) as [[string]];
  await query(url, 'DROP TABLE by_hand');
  await query(url, created);
  const [firstAfter] = await publisher.publish(events('by_hand', 300, 300));
  expect(await runs.end()).toMatchObject({ code: 3, said: expect.stringContaining('MR5205') });
  expect(await runs.runToTheEnd()).toMatchObject({ code: 0, said: expect.stringContaining('dropped and made anew') });
  await expect.poll(() => lastOf('by_hand')).toBe(600);
  const sequences = await sequencesOf('by_hand');
  expect(sequences[0]).toBeLessThanOrEqual(firstAfter!);
  expect(sequences).toEqual(range(sequences[0]!, 600));
});

test('a suspended table is waited for', async () => {
  const { runs, publisher } = await plant('waiting');
  runs.start();
  await publisher.publish(events('waiting', 0, 100));
  await untilRows(url, 'waiting', 100);
  await query(url, "ALTER TABLE waiting SUSPEND WAL WITH 'DISK FULL', 'no space left'");
  await publisher.publish(events('waiting', 100, 200));
  await expect.poll(() => runs.said, { timeout: 20_000 }).toMatch(/MR5206.*no space left/);
  await query(url, 'ALTER TABLE waiting RESUME WAL');
  await untilRows(url, 'waiting', 300);
  await runs.kill();
  expect((await runs.runToTheEnd()).code).toBe(0);
  expect(await sequencesOf('waiting')).toEqual(range(1, 300));
});

test('a column whose type was changed by hand is named, and the run goes on when it is put right', async () => {
  const { runs, publisher } = await plant('changed');
  runs.start();
  await publisher.publish(events('changed', 0, 100));
  await untilRows(url, 'changed', 100);
  await query(url, 'ALTER TABLE changed ALTER COLUMN temp TYPE TIMESTAMP');
  await publisher.publish(events('changed', 100, 100));
  expect(await runs.end()).toMatchObject({ code: 3, said: expect.stringMatching(/MR5210.*changed.*temp/) });
  expect(await runs.runToTheEnd()).toMatchObject({
    code: 3,
    said: expect.stringMatching(/MR5203.*the column temp is TIMESTAMP/),
  });
  await query(url, 'ALTER TABLE changed ALTER COLUMN temp TYPE DOUBLE');
  expect((await runs.runToTheEnd()).code).toBe(0);
  await untilRows(url, 'changed', 200);
  expect(await sequencesOf('changed')).toEqual(range(1, 200));
});

// The last one: it takes the server's tables away.
test('a server that comes back empty and creates tables by itself is given no row', async () => {
  const { runs, publisher } = await plant('emptied');
  runs.start();
  await publisher.publish(events('emptied', 0, 100));
  await untilRows(url, 'emptied', 100);
  await questDb.kill();
  const configured = creating(true);
  rmSync(join(questDb.directory, 'db'), { recursive: true });
  const [firstAfter] = await publisher.publish(events('emptied', 100, 200));
  await delay(300); // rows wait for the server
  await questDb.restart();
  expect(await runs.end()).toMatchObject({
    code: 3,
    said: expect.stringMatching(/MR5202.*creates tables.*line\.auto\.create\.new\.tables=false/s),
  });
  expect(await query(url, 'SELECT table_name FROM tables()')).toEqual([]);
  expect(await runs.runToTheEnd()).toMatchObject({ code: 3, said: expect.stringContaining('MR5202') });
  expect(await query(url, 'SELECT table_name FROM tables()')).toEqual([]);

  await questDb.kill();
  writeFileSync(CONFIG, configured);
  await questDb.restart();
  expect(await runs.runToTheEnd()).toMatchObject({ code: 0, said: expect.stringMatching(/MR5213.*emptied/) });
  await expect.poll(() => lastOf('emptied')).toBe(300);
  const sequences = await sequencesOf('emptied');
  expect(sequences[0]).toBeLessThanOrEqual(firstAfter!);
  expect(sequences).toEqual(range(sequences[0]!, 300));
});

const CONFIG = join(questDb.directory, 'conf/server.conf');

/** What the configuration was before. */
function creating(isCreating: boolean): string {
  const before = readFileSync(CONFIG, 'utf8');
  writeFileSync(CONFIG, before.replaceAll(/^(line\.auto\.create\.\S+)=.*$/gm, `$1=${isCreating}`));
  return before;
}

async function plant(stream: string): Promise<{ readonly runs: Runs; readonly publisher: Publisher }> {
  const rules = `
stream ${stream} from nats "${stream}.*" json { key device: symbol = subject[2]  temp: float degC  time ts as ms  lateness 1s }
store ${stream} keep 3650d
`;
  const publisher = await Publisher.connect(nats.url, { name: stream.toUpperCase(), subjects: [`${stream}.*`] });
  return { runs: new Runs({ nats: nats.url, questDb: url }, { 'plant.mill': rules }), publisher };
}

function events(stream: string, from: number, count: number): Message[] {
  return Array.from({ length: count }, (_, i) => ({
    subject: `${stream}.m${(from + i) % 7}`,
    payload: JSON.stringify({ temp: (from + i) / 10, ts: START_MS + (from + i) * 100 }),
  }));
}

async function sequencesOf(table: string): Promise<number[]> {
  return (await query(url, `SELECT seq FROM ${table} ORDER BY seq`)).map(([sequence]) => Number(sequence));
}

async function lastOf(table: string): Promise<number> {
  return Number((await query(url, `SELECT max(seq) FROM ${table}`))[0]?.[0] ?? 0);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

const START_MS = Date.UTC(2026, 0, 1);
