import { describe, expect, it } from 'vitest';
import { SharedConnection } from '../../../connectors/nats/connection.ts';
import { applySetup, planSetup, type WantedStream } from '../../../connectors/nats/setup.ts';
import { Operator, ownServer, range, readNumbers, openReader } from './streams.ts';

async function setupOf(url: string) {
  const settings = { servers: [url] };
  const connection = new SharedConnection(settings);
  return {
    plan: (...wanted: WantedStream[]) => planSetup({ settings, connection, wanted }),
    apply: async (...wanted: WantedStream[]) =>
      await applySetup({ settings, connection, steps: await planSetup({ settings, connection, wanted }) }),
  };
}

const said = (steps: readonly { readonly kind: string; readonly text: string }[]) =>
  steps.map(({ kind, text }) => `${kind} ${text}`);

describe('setting up JetStream', () => {
  it('says what it would create, and creates it when it is told to', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    const { plan, apply } = await setupOf(server.url);
    const wanted: WantedStream = {
      name: 'PLANT',
      subjects: ['plant.*.*.motor'],
      storage: 'file',
      retention: 'limits',
      maxAgeMs: 7 * 86_400_000,
      maxBytes: 10_000_000,
      dedupeWindowMs: 60_000,
    };
    const create =
      'create stream PLANT: stores plant.*.*.motor; retention limits; storage file; keeps messages 604800 s; bytes 10000000; dedupe window 60 s';
    expect(said(await plan(wanted))).toEqual([create]);
    expect(await operator.manager.streams.names().next()).toEqual([]);
    expect(said(await apply(wanted))).toEqual([create]);
    expect(said(await plan(wanted))).toEqual(['ok stream PLANT: as wanted']);
    const { config } = await operator.manager.streams.info('PLANT');
    expect(config).toMatchObject({ max_age: 604_800e9, max_bytes: 10_000_000, duplicate_window: 60e9 });
    await operator.publish(1, 3);
    expect((await readNumbers(await openReader(server), 3)).numbers).toEqual(range(1, 3));
  });

  it('adds subjects and changes limits, and leaves the rest as it was', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ subjects: ['plant.a.>', 'line.*'], max_msgs: 1000, description: 'ours' });
    const { apply, plan } = await setupOf(server.url);
    const wanted: WantedStream = { name: 'PLANT', subjects: ['plant.>', 'line.1'], maxAgeMs: 3_600_000 };
    expect(said(await apply(wanted))).toEqual([
      'update stream PLANT: stores plant.> too; keeps messages for ever → 3600 s',
    ]);
    const { config } = await operator.manager.streams.info('PLANT');
    expect(config).toMatchObject({ max_age: 3600e9, max_msgs: 1000, description: 'ours' });
    expect(config.subjects.sort()).toEqual(['line.*', 'plant.>']);
    expect(said(await plan(wanted))).toEqual(['ok stream PLANT: as wanted']);
  });

  it('says what cannot be: another stream’s subject, what a stream keeps for life, what the server refuses', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ retention: 'workqueue' });
    const { apply } = await setupOf(server.url);
    expect(
      said(
        await apply(
          { name: 'OTHER', subjects: ['plant.a.>'] },
          { name: 'PLANT', subjects: ['plant.*.*.motor'], retention: 'limits', storage: 'memory' },
          { name: 'MANY', subjects: ['many'], replicas: 3 },
        ),
      ),
    ).toEqual([
      'conflict stream OTHER: the stream PLANT stores plant.*.*.motor of plant.a.>',
      'conflict stream PLANT: its retention is workqueue, not limits, and cannot be changed; its storage is file, not memory, and cannot be changed',
      expect.stringMatching(/^conflict stream MANY: stores many; replicas 3: the server refuses: /),
    ]);
    expect(await operator.manager.streams.names().next()).toEqual(['PLANT']);
  });
});
