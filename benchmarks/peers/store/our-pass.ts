import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { StorePass, StoreServers } from './measure-store.ts';
import { storedRowsPerSecond } from './stored-rows.ts';

/** A job in a process of its own, with checkpoints, until it says what it took. */
export async function ourStorePass(servers: StoreServers, pass: number): Promise<StorePass> {
  const words = [servers.nats, servers.questDb, join(servers.folder, `state-${pass}`), String(servers.events)];
  for (const table of ['s', 's_1m']) await servers.client.query(`DROP TABLE IF EXISTS "${table}"`);
  const child = fork(join(import.meta.dirname, 'our-store.ts'), words);
  const told = once(child, 'message');
  const ended = once(child, 'exit');
  const rowsPerSecond = await storedRowsPerSecond(servers.client, {
    table: 's',
    expected: servers.events,
    hasFailed: () => (child.exitCode ?? 0) !== 0,
  });
  const [processorSeconds] = (await told) as [number]; // as: it is what our-store.ts sends
  await ended;
  return { rowsPerSecond, processorSeconds };
}
