import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { StoreServers } from './measure-store.ts';
import { type StoredRows, storedRows } from './stored-rows.ts';

/** A job in a process of its own, with checkpoints. */
export async function ourStorePass(servers: StoreServers, pass: number): Promise<StoredRows> {
  const words = [servers.nats, servers.questDb, join(servers.folder, `state-${pass}`), String(servers.events)];
  for (const table of ['s', 's_1m']) await servers.client.query(`DROP TABLE IF EXISTS "${table}"`);
  const child = fork(join(import.meta.dirname, 'our-store.ts'), words);
  const done = once(child, 'message');
  const ended = once(child, 'exit');
  const rows = await storedRows(servers.client, {
    table: 's',
    expected: servers.events,
    pid: child.pid!,
    hasFailed: () => child.exitCode !== null,
  });
  await done;
  child.disconnect();
  await ended;
  return rows;
}
