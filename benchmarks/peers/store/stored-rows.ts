import { setTimeout as delay } from 'node:timers/promises';
import type { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { RateMeter } from '../../throughput/jetstream/rate-meter.ts';

const POLL_MS = 50;
const TIMEOUT_MS = 5 * 60_000;

/** Waits until all rows are seen in a table, and says how many came in a second from the first quarter on. */
export async function storedRowsPerSecond(
  client: QuestDbClient,
  wait: { readonly table: string; readonly expected: number; readonly hasFailed: () => boolean },
): Promise<number> {
  const { table, expected, hasFailed } = wait;
  const meter = new RateMeter(expected);
  const endMs = performance.now() + TIMEOUT_MS;
  for (;;) {
    const rows = await countOf(client, table);
    meter.handled(rows);
    if (rows === expected) return meter.eventsPerSecond();
    if (rows > expected) throw new Error(`${table}: ${rows} rows of ${expected}`);
    if (hasFailed() || performance.now() > endMs) throw new Error(`${table}: no more than ${rows} rows of ${expected}`);
    await delay(POLL_MS);
  }
}

/** None while there is no table. */
async function countOf(client: QuestDbClient, table: string): Promise<number> {
  const tables = await client.query(`SELECT count() FROM tables() WHERE table_name = '${table}'`);
  if (tables[0]![0] === 0) return 0;
  const rows = await client.query(`SELECT count() FROM "${table}"`);
  return Number(rows[0]![0]);
}
