import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { tellGuard } from '../../../scripts/services/guarded.js';
import type { StoreServers } from './measure-store.ts';
import { type StoredRows, storedRows } from './stored-rows.ts';

/** A job in a process of its own, with checkpoints; its series stay until the next pass. */
export async function ourStorePass(servers: StoreServers, pass: number): Promise<StoredRows> {
  const words = [servers.nats, servers.questDb, join(servers.folder, `state-${pass}`), String(servers.events)];
  for (const table of ['s', 's_1m']) await servers.client.query(`DROP TABLE IF EXISTS "${table}"`);
  const child = fork(join(import.meta.dirname, 'our-store.ts'), words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const pid = child.pid!;
  tellGuard({ change: 'started', pid });
  let errors = '';
  child.stderr!.on('data', chunk => (errors = (errors + chunk).slice(-4_000)));
  const isStored = once(child, 'message').then(() => true);
  const ended = once(child, 'close').then(() => false);
  const hasFailed = () => child.exitCode !== null || child.signalCode !== null;
  try {
    const rows = await storedRows(servers.client, {
      table: 's',
      expected: servers.events,
      isExact: true,
      pid,
      hasFailed,
    });
    if (!(await Promise.race([isStored, ended]))) throw new Error('it ended before its last checkpoint');
    return rows;
  } catch (error) {
    throw new Error(`Millrace: ${(error as Error).message}\n${errors}`, { cause: error });
  } finally {
    child.kill('SIGKILL'); // all is stored
    await ended;
    tellGuard({ change: 'ended', pid });
  }
}
