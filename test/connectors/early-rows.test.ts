import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { createQuestDbConnector } from '../../connectors/questdb/index.ts';
import { QuestDbClient } from '../../connectors/questdb/questdb-client.ts';
import { applyTables, planTables } from '../../connectors/questdb/tables.ts';
import { compile } from '../../dsl/compile.ts';
import { readScalar, SymbolTable } from '../../engine/batch.ts';
import type { Connector, Series } from '../../engine/connector.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { sharedQuestDb } from '../services/servers.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const RULES = `
stream m from memory "m" json { key device: symbol  temp: float  time ts as ms }
stream early_minute = from m window tumbling 1m select count() as n, max(temp) as peak emit every 10s
store early_minute
`;
const SERIES: Series = {
  stream: 'early_minute',
  keepUs: null,
  key: [{ name: 'device', type: 'symbol' }],
  fields: [
    { name: 'n', type: 'int' },
    { name: 'peak', type: 'float' },
  ],
  kind: 'derived',
};
const START_MS = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
const START_US = START_MS * 1_000;

const client = new QuestDbClient({ url: await sharedQuestDb() });
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-early-'));
  await client.query('DROP TABLE IF EXISTS early_minute');
  await applyTables(client, await planTables(client, [SERIES]));
});

afterAll(async () => {
  await client.query('DROP TABLE IF EXISTS early_minute');
  await client.close();
  await rm(directory, { recursive: true, force: true });
});

/** A store, and what readers find in it: time, device, n, peak, revision. */
const STORES = {
  QuestDB: {
    store: () => createQuestDbConnector({ url: client.origin }),
    rows: () => client.query('SELECT time::long, device, n, peak, revision FROM early_minute WHERE "void" = 0'),
  },
  DuckDB: {
    store: () => createDuckDbConnector({ path: join(directory, 'early.duckdb') }),
    rows: readDuckDb,
  },
} satisfies Record<string, { store(): Connector; rows(): Promise<readonly (readonly unknown[])[]> }>;

describe.each(Object.entries(STORES))('in %s', (name, { store, rows }) => {
  it('an early row stands in the series until the closing row replaces it, over a restart', async () => {
    await run(name, store(), [1, 5, 12, 21]);
    await expectRows([[START_US, 'd', 3, 12, 1]]); // as of 20 s

    await run(name, store(), [1, 5, 12, 21, 35, 61]);
    await expectRows([[START_US, 'd', 5, 35, 5]]); // of the whole minute
  });

  /** QuestDB shows rows when it has come to them. */
  async function expectRows(expected: readonly unknown[]): Promise<void> {
    await vi.waitFor(async () => expect(await rows()).toEqual(expected), { timeout: 60_000 });
  }
});

/** One event at each of these seconds; a run goes on where the one before stopped. */
async function run(name: string, store: Connector, seconds: readonly number[]): Promise<void> {
  const memory = new MemoryConnector({ isReplayable: true, arrivalClock: 'recorded' });
  for (const second of seconds) {
    const ms = START_MS + second * 1_000;
    await memory.channel('m').push([{ device: 'd', temp: second, ts: ms }], { arrivalUs: ms * 1_000 });
  }
  memory.channel('m').end();
  const { plan } = compile({ file: 'rules.mill', text: RULES });
  await runJob({
    plan: plan!,
    connectors: new Map([['memory', memory]]),
    store,
    stateDirectory: join(directory, name),
    signal: new AbortController().signal,
  });
}

async function readDuckDb(): Promise<unknown[][]> {
  const symbols = new SymbolTable();
  const reader = await STORES.DuckDB.store().openReader!();
  const found: unknown[][] = [];
  const span = { fromUs: START_US, toUs: START_US + 3_600e6 };
  for await (const part of reader.read({ series: SERIES, symbols, ...span, pageRows: 100 })) {
    const columns = [...part.key, ...part.columns, part.own![0]!];
    for (let row = 0; row < part.length; row++) {
      found.push([part.timeUs[row], ...columns.map(column => readScalar(column, row, symbols))]);
    }
  }
  await reader.close();
  return found;
}
