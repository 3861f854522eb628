import { setTimeout as delay } from 'node:timers/promises';
import type { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { EVENTS } from '../../throughput/jetstream/fill-streams.ts';
import { RateMeter } from '../../throughput/jetstream/rate-meter.ts';

const POLL_MS = 50;
const TIMEOUT_MS = 5 * 60_000;

/** Waits until all rows are seen in a table, and says how many came in a second from the first quarter on. */
export async function storedRowsPerSecond(
  client: QuestDbClient,
  table: string,
  isRunning: () => boolean,
): Promise<number> {
  const meter = new RateMeter(EVENTS);
  const endMs = performance.now() + TIMEOUT_MS;
  for (;;) {
    const rows = await countOf(client, table);
    meter.handled(rows);
    if (rows === EVENTS) return meter.eventsPerSecond();
    if (rows > EVENTS) throw new Error(`${table}: ${rows} rows of ${EVENTS}`);
    if (!isRunning() || performance.now() > endMs) throw new Error(`${table}: no more than ${rows} rows of ${EVENTS}`);
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
