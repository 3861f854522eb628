import { describe, expect, it } from 'vitest';
import { TcpProxy } from '../tcp-proxy.ts';
import { openReader, Operator, ownServer, pause, range, readNumbers, readUntil, SUBJECT } from './streams.ts';

describe('a stream that keeps messages until they are acknowledged', () => {
  it.each(['workqueue', 'interest'] as const)(
    '%s: is acknowledged only by what a checkpoint covers',
    async retention => {
      const server = await ownServer();
      const operator = await Operator.connect(server.url);
      await operator.createStream({ retention });
      const stored = async () => (await operator.manager.streams.info('PLANT')).state.messages;
      const reader = await openReader(server); // interest begins with its consumer
      await operator.publish(1, 1000);
      const positions: [number, typeof reader.position][] = [];
      await readUntil(reader, ({ numbers }) => numbers.length >= 1000, {
        maxEvents: 100,
        onRead: ({ position }, { numbers }) => void positions.push([numbers.length, position]),
      });
      await pause(200);
      expect(await stored()).toBe(1000);
      const [count, position] = positions[4]!;
      await reader.source.acknowledge(position!);
      await expect.poll(stored).toBe(1000 - count);
      // A run that is killed here goes on at a later checkpoint than was acknowledged, or at that one.
      await reader.source.close();
      for (const [from, goesOn] of [positions[7]!, [count, position] as const]) {
        const next = await openReader(server, { position: JSON.parse(JSON.stringify(goesOn)) });
        const content = await readNumbers(next, 1000 - from);
        expect(content.numbers).toEqual(range(from + 1, 1000));
        expect(content.rejected).toEqual([]);
        await next.source.close();
      }
      expect(await stored()).toBe(1000 - count);
      const last = await openReader(server, { position });
      await readNumbers(last, 1000 - count);
      await last.source.acknowledge(last.position!);
      await expect.poll(stored).toBe(0);
    },
  );

  it('gives each message once after the connection was cut, and loses none that no checkpoint covers', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ retention: 'workqueue' });
    await operator.publish(1, 6000);
    const proxy = await TcpProxy.start(server.port);
    const reader = await openReader(proxy, { settings: { maxWaitingMessages: 1000 } });
    const positions: (typeof reader.position)[] = [];
    let cuts = 0;
    const { numbers } = await readUntil(reader, ({ numbers }) => numbers.length >= 6000, {
      maxEvents: 100,
      onRead: async ({ position }, { numbers }) => {
        positions.push(position);
        if (positions.length % 10 === 0) await reader.source.acknowledge(positions.at(-5)!);
        if (numbers.length < 1500 * (cuts + 1) || cuts === 3) return;
        cuts++;
        proxy.cut();
      },
    });
    expect(numbers).toEqual(range(1, 6000));
    const { state } = await operator.manager.streams.info('PLANT');
    expect(state.messages).toBeGreaterThan(0);
    expect(state.messages).toBeLessThan(3000);
    await reader.source.acknowledge(reader.position!);
    await expect.poll(async () => (await operator.manager.streams.info('PLANT')).state.messages).toBe(0);
    await reader.source.close();
    await proxy.close();
  });

  it('tells what another state has acknowledged already', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ retention: 'workqueue' });
    await operator.publish(1, 30);
    const reader = await openReader(server);
    const early = await readUntil(reader, ({ numbers }) => numbers.length >= 10, { maxEvents: 10 });
    expect(early.numbers).toHaveLength(10);
    const { position } = reader;
    await readUntil(reader, ({ numbers }) => numbers.length >= 10, { maxEvents: 10 });
    await reader.source.acknowledge(reader.position!);
    await expect.poll(async () => (await operator.manager.streams.info('PLANT')).state.messages).toBe(10);
    await reader.source.close();
    const content = await readNumbers(await openReader(server, { position }), 10);
    expect(content.numbers).toEqual(range(21, 30));
    expect(content.rejected).toEqual([
      'MR5109 10 messages of PLANT (sequence 11 to 20) were removed before they were read',
    ]);
  });

  it('keeps what others have to read, in the same stream', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ retention: 'workqueue', subjects: ['plant.>'] });
    await operator.publish(1, 100, n => (n % 4 === 0 ? SUBJECT : 'plant.a.1.pump'));
    const reader = await openReader(server);
    const { numbers, rejected } = await readNumbers(reader, 25);
    expect([numbers.length, rejected]).toEqual([25, []]);
    await reader.source.acknowledge(reader.position!);
    await expect.poll(async () => (await operator.manager.streams.info('PLANT')).state.messages).toBe(75);
    const other = await openReader(server, { address: 'plant.*.*.pump', id: 'pump' });
    expect((await readNumbers(other, 75)).numbers).toHaveLength(75);
  });

  it('has one consumer a subject: a second one is a coded error', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ retention: 'workqueue' });
    await openReader(server);
    const settings = { consumerPrefix: 'other' };
    await expect(openReader(server, { settings })).rejects.toMatchObject({
      code: 'MR5111',
      message: expect.stringMatching(/filtered consumer not unique/),
    });
  });
});
