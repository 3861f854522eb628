import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { MemoryConnector } from '../../../connectors/memory/index.ts';
import { createQuestDbConnector } from '../../../connectors/questdb/index.ts';
import { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { applyTables, planTables } from '../../../connectors/questdb/tables.ts';
import { compile } from '../../../dsl/compile.ts';
import type { Series } from '../../../engine/connector.ts';
import { runJob } from '../../../engine/runtime/job.ts';
import { sharedQuestDb } from '../../services/servers.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const url = await sharedQuestDb();
const client = new QuestDbClient({ url });
let stateDirectory: string;

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

beforeAll(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'millrace-early-'));
  await client.query('DROP TABLE IF EXISTS early_minute');
  await applyTables(client, await planTables(client, [SERIES]));
});

afterAll(async () => {
  await client.query('DROP TABLE IF EXISTS early_minute');
  await client.close();
  await rm(stateDirectory, { recursive: true, force: true });
});

it('an early row stands in the table until the closing row replaces it, over a restart', async () => {
  await run([1, 5, 12, 21]);
  await expectRows([[START_MS * 1_000, 'd', 3, 12, 1, 0]]); // as of 20 s

  await run([1, 5, 12, 21, 35, 61]);
  await expectRows([[START_MS * 1_000, 'd', 5, 35, 5, 0]]); // of the whole minute
});

/** One event at each of these seconds; a run goes on where the one before stopped. */
async function run(seconds: readonly number[]): Promise<void> {
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
    store: createQuestDbConnector({ url }),
    stateDirectory,
    signal: new AbortController().signal,
  });
}

/** What readers find, once QuestDB has come to it. */
async function expectRows(expected: readonly unknown[]): Promise<void> {
  const query = 'SELECT time::long, device, n, peak, revision, "void" FROM early_minute';
  await vi.waitFor(async () => expect(await client.query(query)).toEqual(expected), { timeout: 60_000 });
}
