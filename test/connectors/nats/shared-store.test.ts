import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, describe, expect, it } from 'vitest';
import { openSharedStore } from '../../../connectors/nats/cluster/open-shared-store.ts';
import { startNats } from '../../../scripts/services/index.js';

const nats = await startNats();
const { url } = nats;
const settings = { servers: [url] };
const store = await openSharedStore(settings, { bucket: 'shared-store', replicas: 1 });
const { entries, files } = store;
afterAll(async () => {
  await store.close();
  await nats.stop();
});

describe('entries in a key–value bucket', () => {
  it('are written by whoever knows the newest revision, and by nobody else', async () => {
    expect((await entries.readAll()).size).toBe(0);
    expect(await entries.read('a.b')).toBeNull();
    const first = await entries.write('a.b', 'one', 0);
    expect(first).toBeGreaterThan(0);
    expect(await entries.write('a.b', 'two', 0)).toBeNull();
    const second = await entries.write('a.b', 'two', first!);
    expect(second).toBeGreaterThan(first!);
    expect(await entries.write('a.b', 'three', first!)).toBeNull();
    const other = await entries.write('c', '{"x":1}', 0);
    expect(other).toBeGreaterThan(second!);
    expect(await entries.read('a.b')).toMatchObject({ revision: second, value: 'two' });
    const all = await entries.readAll();
    expect([...all.keys()]).toEqual(['a.b', 'c']);
    expect(all.get('a.b')).toEqual(await entries.read('a.b'));
    expect(all.get('c')).toMatchObject({ revision: other, value: '{"x":1}' });
    expect(all.get('c')!.timeUs).toBeGreaterThan(Date.UTC(2026, 0) * 1_000);
  });

  it('are gone when they are removed, which takes the newest revision, too', async () => {
    const revision = await entries.write('gone', 'x', 0);
    await entries.remove('gone', revision! - 1);
    expect(await entries.read('gone')).toMatchObject({ revision });
    await entries.remove('gone', revision!);
    expect(await entries.read('gone')).toBeNull();
    expect((await entries.readAll()).has('gone')).toBe(false);
  });

  it('leave nothing behind on the connection, however often they are read', async () => {
    const other = await openSharedStore({ ...settings, name: 'reads-often' }, { bucket: 'shared-store', replicas: 1 });
    await other.entries.readAll();
    const before = await subscriptionsOf('reads-often');
    for (let i = 0; i < 20; i++) await other.entries.readAll();
    // The server may not have read the end of the last one yet.
    await expect.poll(() => subscriptionsOf('reads-often')).toBeLessThanOrEqual(before);
    await other.close();
  });
});

describe('files in an object store', () => {
  it('are read as they were written, and leave nothing behind', async () => {
    const before = await messagesOf('OBJ_shared-store');
    const bytes = Uint8Array.from({ length: 1_500_001 }, (_, i) => (i * 7919) % 251);
    await files.write('0/1/part', pieces(bytes, 400_000));
    await files.write('0/1/empty', pieces(new Uint8Array(0), 10));
    await files.write('1/1/part', pieces(Uint8Array.of(1, 2), 10));
    expect(Buffer.concat(await all((await files.read('0/1/part'))!))).toEqual(Buffer.from(bytes));
    expect(Buffer.concat(await all((await files.read('0/1/empty'))!)).length).toBe(0);
    expect([...(await files.list('0/'))].sort()).toEqual(['0/1/empty', '0/1/part']);
    expect(await files.read('0/1/other')).toBeNull();
    for (const name of ['0/1/part', '0/1/empty', '1/1/part', 'not-there']) await files.remove(name);
    expect(await files.list('')).toEqual([]);
    expect(await messagesOf('OBJ_shared-store')).toBe(before);
  });

  it('that miss a piece are damaged', async () => {
    await files.write('broken', pieces(new Uint8Array(1_200_000).fill(7), 500_000));
    const connection = await connect({ servers: url });
    const { streams } = await jetstreamManager(connection);
    const { state } = await streams.info('OBJ_shared-store');
    await streams.deleteMessage('OBJ_shared-store', state.first_seq + 1);
    await connection.close();
    await expect(files.read('broken').then(async found => await all(found!))).rejects.toMatchObject({ code: 'MR6003' });
    await files.remove('broken');
  });
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function all(found: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const read: Uint8Array[] = [];
  for await (const piece of found) read.push(piece);
  return read;
}

async function messagesOf(stream: string): Promise<number> {
  const connection = await connect({ servers: url });
  const { streams } = await jetstreamManager(connection);
  const { state } = await streams.info(stream);
  await connection.close();
  return state.messages;
}

/** As the server says it. */
async function subscriptionsOf(name: string): Promise<number> {
  const { connections } = (await (await fetch(`${nats.monitorUrl}/connz`)).json()) as {
    connections: { name: string; subscriptions: number }[];
  };
  return connections.find(connection => connection.name === name)!.subscriptions;
}
