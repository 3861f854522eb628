import { setTimeout as delay } from 'node:timers/promises';
import type { QuestDbClient } from './questdb-client.ts';
import { suspended } from './questdb-errors.ts';
import { readTableState } from './table-watch.ts';

/**
 * Resolves when readers see what was committed to a table before the call: QuestDB applies its write-ahead log behind it.
 * Errors: MR5206 it is suspended (backoff).
 */
export async function untilApplied(client: QuestDbClient, table: string): Promise<void> {
  const first = await readTableState(client, table);
  if (first === null) return;
  for (let state: typeof first | null = first; state !== null; state = await readTableState(client, table)) {
    if (state.suspendedFor !== null) throw suspended(table, state.suspendedFor);
    if (state.appliedTransaction >= first.transaction) return;
    await delay(LOOK_EVERY_MS);
  }
}

const LOOK_EVERY_MS = 20;
