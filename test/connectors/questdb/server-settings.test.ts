import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { createQuestDbConnector } from '../../../connectors/questdb/index.ts';
import { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { SymbolTable } from '../../../engine/batch.ts';
import type { Series, StoreRefusal } from '../../../engine/connector.ts';
import { type QuestDbServer, startQuestDb } from './questdb-server.ts';
import { inputOf } from '../series-rows.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // a server starts in seconds, or in many

const SERIES: Series = {
  stream: 'motor',
  keepUs: null,
  key: [{ name: 'device', type: 'symbol' }],
  fields: [{ name: 'note', type: 'string' }],
  kind: 'derived',
};

let stop = async () => {};
afterEach(async () => await stop());

async function start(config: Record<string, string>): Promise<QuestDbServer> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-questdb-'));
  const server = await startQuestDb({ directory, config });
  stop = async () => {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  };
  return server;
}

async function openStore(settings: Parameters<typeof createQuestDbConnector>[0], refusals: StoreRefusal[] = []) {
  return await createQuestDbConnector(settings).openStore!({
    series: SERIES,
    position: null,
    nowUs: () => 1e15,
    onRefused: refusal => refusals.push(refusal),
    onNotice: () => {},
  });
}

it.each([
  ['tables', { 'line.auto.create.new.tables': 'true', 'line.auto.create.new.columns': 'true' }],
  ['columns', { 'line.auto.create.new.columns': 'true' }],
])('refuses a server that creates %s by itself, and leaves nothing there', async (_, config) => {
  const { url } = await start(config);
  await expect(openStore({ url })).rejects.toMatchObject({
    code: 'MR5202',
    hint: expect.stringContaining('line.auto.create.new.tables=false'),
  });
  const client = new QuestDbClient({ url });
  expect(await client.query('SELECT table_name FROM tables()')).toEqual([]);
  await client.close();
});

it('splits what is too large for the server, and refuses the row that is so by itself', async () => {
  const { url } = await start({ 'line.http.max.recv.buffer.size': '65536', 'http.recv.buffer.size': '65536' });
  const refusals: StoreRefusal[] = [];
  const sink = await openStore({ url }, refusals);
  const symbols = new SymbolTable();
  const rows = Array.from({ length: 300 }, (_, n) => ({ timeUs: n, key: [`m${n}`], values: ['x'.repeat(1_000)] }));
  rows[77]!.values[0] = 'y'.repeat(100_000);
  await sink.write(inputOf(SERIES, rows, symbols));
  expect(refusals.map(({ code, count, firstTimeUs }) => [code, count, firstTimeUs])).toEqual([['MR5209', 1, 77]]);
  const client = new QuestDbClient({ url });
  await expect.poll(() => client.query('SELECT count() FROM motor')).toEqual([[299]]);
  await client.close();
  await sink.close();
});

it('is let in with user and password, and never says them', async () => {
  const { url } = await start({ 'http.user': 'mill', 'http.password': 'secret-word' });
  await expect(openStore({ url, retryMs: 0 })).rejects.toMatchObject({ code: 'MR5201' });
  const wrong = await openStore({ url, user: 'mill', password: 'other-word' }).catch(error => error);
  expect(wrong).toMatchObject({ code: 'MR5201' });
  expect(JSON.stringify([wrong.message, wrong.hint, String(wrong.cause)])).not.toContain('other-word');
  const sink = await openStore({ url, user: 'mill', password: 'secret-word' });
  await sink.write(inputOf(SERIES, [{ timeUs: 1, key: ['m1'], values: ['x'] }], new SymbolTable()));
  expect(await sink.position()).toMatchObject({ table: 'motor' });
  await sink.close();
});
