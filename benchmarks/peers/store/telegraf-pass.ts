import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, nanos } from '@nats-io/transport-node';
import { tellGuard } from '../../../scripts/services/guarded.js';
import type { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { SUBJECTS } from '../../throughput/jetstream/fill-streams.ts';
import type { StoreServers } from './measure-store.ts';
import { type StoredRows, storedRows } from './stored-rows.ts';

const STREAM = 'SINGLE';
const ACK_WAIT_MS = 5 * 60_000; // nothing is sent again while it waits for QuestDB
const MESSAGES_UNDER_WAY = 100_000; // as in telegraf.conf; the server's own limit is 1,000

export async function telegrafPass(program: string, servers: StoreServers, pass: number): Promise<StoredRows> {
  const consumer = `telegraf_${pass}`;
  const table = `telegraf_${pass}`;
  await createConsumer(servers.nats, consumer);
  await createTable(servers.client, table);
  const child = spawn(program, ['--config', writeSettings(servers, { consumer, table })], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const pid = child.pid!;
  tellGuard({ change: 'started', pid });
  let errors = '';
  child.stderr.on('data', chunk => (errors = (errors + chunk).slice(-4_000)));
  const ended = once(child, 'close');
  try {
    return await storedRows(servers.client, {
      table,
      expected: servers.events,
      isExact: false, // on a busy machine one of a million rows came twice
      pid,
      hasFailed: () => child.exitCode !== null || errors.includes(' E! '),
    });
  } catch (error) {
    throw new Error(`Telegraf: ${(error as Error).message}\n${errors}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
    await ended;
    tellGuard({ change: 'ended', pid });
    await servers.client.query(`DROP TABLE IF EXISTS "${table}"`);
  }
}

/** The one that Telegraf would make lets the server send a thousand messages ahead only. */
async function createConsumer(url: string, name: string): Promise<void> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.consumers.add(STREAM, {
    durable_name: name,
    deliver_group: name,
    deliver_subject: `deliver.${name}`,
    deliver_policy: 'all',
    ack_policy: 'explicit',
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: MESSAGES_UNDER_WAY,
    filter_subject: SUBJECTS.single,
  });
  await connection.close();
}

/** The server makes none by itself; its columns are those that Telegraf would have made. */
async function createTable(client: QuestDbClient, table: string): Promise<void> {
  const columns = 'device SYMBOL, temperature DOUBLE, vibration DOUBLE, pressure DOUBLE, status DOUBLE';
  await client.query(
    `CREATE TABLE "${table}" (${columns}, timestamp TIMESTAMP) TIMESTAMP(timestamp) PARTITION BY DAY WAL`,
  );
}

function writeSettings(servers: StoreServers, names: { readonly consumer: string; readonly table: string }): string {
  const values: Readonly<Record<string, string>> = {
    NATS: servers.nats,
    QUESTDB: servers.questDb,
    SUBJECT: SUBJECTS.single,
    STREAM,
    CONSUMER: names.consumer,
    TABLE: names.table,
  };
  const template = readFileSync(join(import.meta.dirname, 'telegraf.conf'), 'utf8');
  const path = join(servers.folder, `${names.table}.conf`);
  writeFileSync(
    path,
    template.replaceAll(/%([A-Z]+)%/g, (_, name: string) => values[name]!),
  );
  return path;
}
