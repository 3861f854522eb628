import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { MemoryConnector } from '../../../connectors/memory/index.ts';
import { createQuestDbConnector } from '../../../connectors/questdb/index.ts';
import { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { compile } from '../../../dsl/compile.ts';
import type { Connector } from '../../../engine/connector.ts';
import { type JobWarning, runJob } from '../../../engine/runtime/job.ts';
import { createNodePlatform } from '../../../engine/runtime/node-platform.ts';
import { sharedQuestDb } from '../../services/servers.ts';

vi.setConfig({ testTimeout: 90_000 });

const url = await sharedQuestDb();
const client = new QuestDbClient({ url });
const SECOND_US = 1_000_000;

let tableCount = 0;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'millrace-questdb-table-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function createTable(columns: string): Promise<string> {
  const table = `devices_${process.pid}_${tableCount++}`;
  await client.query(`CREATE TABLE ${table} (${columns}`);
  onTestFinished(async () => void (await client.query(`DROP TABLE IF EXISTS ${table}`)));
  return table;
}

async function hasRows(table: string, count: number): Promise<void> {
  const rowCount = async () => (await client.query(`SELECT count() FROM ${table}`))[0]![0];
  await expect.poll(rowCount, { timeout: 30_000 }).toBe(count);
}

/** A run of events of a machine whose clock is told. */
function start(table: string, fields: string) {
  const memory = new MemoryConnector({ arrivalClock: 'recorded', isReplayable: true });
  const rows = new Map<number, string>();
  const warnings: JobWarning[] = [];
  const controller = new AbortController();
  const platform = createNodePlatform();
  const clock = { nowUs: 0 };
  const { plan, diagnostics } = compile({
    file: 'rules.mill',
    text: `
stream s from memory "s" json { key device: symbol  n: int  time ts as ms }
table devices from questdb "${table}" key device: symbol { ${fields} }
stream placed = from s lookup d = devices[device] select n, d.site as site, d.limit as limit
`,
  });
  expect(diagnostics).toEqual([]);
  const connectors: readonly Connector[] = [memory, createQuestDbConnector({ url })];
  const done = runJob({
    plan: plan!,
    connectors: new Map(connectors.map(connector => [connector.name, connector])),
    platform: { ...platform, clock: { ...platform.clock, nowUs: () => clock.nowUs } },
    stateDirectory: join(folder, 'state'),
    rowStreams: ['placed'],
    onRows: batch => {
      for (const { values } of batch.rows) rows.set(values['n'] as number, `${values['site']} ${values['limit']}`);
    },
    onWarning: warning => warnings.push(warning),
    signal: controller.signal,
  });
  done.catch(() => {});
  return {
    clock,
    warnings,
    done,
    placeAt: async (second: number) => {
      const event = { device: 'm1', n: second, ts: second * 1_000 };
      await memory.channel('s').push([event], { arrivalUs: second * SECOND_US });
      await expect.poll(() => rows.has(second), { timeout: 30_000 }).toBe(true);
      return rows.get(second);
    },
    stop: async () => {
      controller.abort();
      await done;
    },
  };
}

it('its rows are found, and what changes in them later is valid from when it is found', async () => {
  const table = await createTable(
    'device SYMBOL, place STRING, "limit" DOUBLE, ts TIMESTAMP) TIMESTAMP(ts) PARTITION BY DAY WAL',
  );
  await client.query(`INSERT INTO ${table} VALUES ('m1', 'north', 1.5, '2024-01-01T00:00:00Z')`);
  await hasRows(table, 1);
  const run = start(table, 'site: symbol = $.place  limit: float default 9');
  expect(await run.placeAt(1)).toBe('north 1.5');
  run.clock.nowUs = 2 * SECOND_US;
  await client.query(`UPDATE ${table} SET place = 'south', "limit" = NULL WHERE device = 'm1'`);
  let second = 3;
  await expect.poll(() => run.placeAt(second++), { timeout: 60_000, interval: 200 }).toBe('south 9');
  await client.query(`DROP TABLE ${table}`);
  await expect.poll(() => run.warnings.map(({ code }) => code), { timeout: 60_000 }).toEqual(['MR5040']);
  expect(await run.placeAt(1_000)).toBe('south 9');
  await run.stop();
});

it('a column of times says from when its rows are valid', async () => {
  const table = await createTable(
    'device SYMBOL, site SYMBOL, "limit" INT, since TIMESTAMP) TIMESTAMP(since) PARTITION BY DAY WAL',
  );
  await client.query(
    `INSERT INTO ${table} VALUES ('m1', 'north', 1, '1970-01-01T00:00:00Z'), ('m1', 'south', 2, '1970-01-01T00:00:05.500Z')`,
  );
  await hasRows(table, 2);
  const run = start(table, 'site: symbol  limit: int  valid_from: time = $.since');
  expect(await run.placeAt(5)).toBe('north 1');
  expect(await run.placeAt(6)).toBe('south 2');
  await run.stop();
});

it('a table or a column that is not there lets no run start', async () => {
  const table = await createTable('device SYMBOL, site SYMBOL)');
  await expect(start(table, 'site: symbol  limit: int').done).rejects.toMatchObject({
    code: 'MR5040',
    message: expect.stringContaining('limit'),
  });
  await expect(start('devices_nowhere', 'site: symbol  limit: int').done).rejects.toMatchObject({ code: 'MR5040' });
});
