import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';

/** From the first quarter of the rows on, as they are seen in the table. */
export type StoredRows = {
  readonly rowsPerSecond: number;
  /** Of the whole process that brings them. */
  readonly processorSecondsPerMillion: number;
};

export type StoreWait = {
  readonly table: string;
  readonly expected: number;
  /** Where it delivers a message twice, there may be more. */
  readonly isExact: boolean;
  readonly pid: number;
  readonly hasFailed: () => boolean;
};

const POLL_MS = 50;
const TIMEOUT_MS = 5 * 60_000;
const TICKS_PER_SECOND = 100; // of Linux in /proc

/** Waits until all rows are seen. */
export async function storedRows(client: QuestDbClient, wait: StoreWait): Promise<StoredRows> {
  const { table, expected, isExact, pid, hasFailed } = wait;
  const endMs = performance.now() + TIMEOUT_MS;
  let first: Sight | null = null;
  for (;;) {
    if (hasFailed()) throw new Error(`it ended, or told of an error, before all rows were in ${table}`);
    const sight: Sight = {
      rows: await countOf(client, table),
      atMs: performance.now(),
      processorSeconds: processorSeconds(pid),
    };
    if (first === null && sight.rows * 4 >= expected) first = sight;
    if (sight.rows === expected || (sight.rows > expected && !isExact)) return between(first!, sight);
    if (sight.rows > expected || performance.now() > endMs) {
      throw new Error(`${sight.rows} rows of ${expected} in ${table}, after ${TIMEOUT_MS / 60_000} minutes at most`);
    }
    await delay(POLL_MS);
  }
}

type Sight = { readonly rows: number; readonly atMs: number; readonly processorSeconds: number };

function between(first: Sight, last: Sight): StoredRows {
  const rows = last.rows - first.rows;
  return {
    rowsPerSecond: (rows * 1_000) / (last.atMs - first.atMs),
    processorSecondsPerMillion: ((last.processorSeconds - first.processorSeconds) * 1e6) / rows,
  };
}

/** None while there is no table. */
async function countOf(client: QuestDbClient, table: string): Promise<number> {
  const tables = await client.query(`SELECT count() FROM tables() WHERE table_name = '${table}'`);
  if (tables[0]![0] === 0) return 0;
  const rows = await client.query(`SELECT count() FROM "${table}"`);
  return Number(rows[0]![0]);
}

/** Of all threads since the process's start; Linux alone tells it of another process. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return (user + system) / TICKS_PER_SECOND;
}
