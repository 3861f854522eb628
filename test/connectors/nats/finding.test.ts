import { describe, expect, it } from 'vitest';
import { createNatsConnector } from '../../../connectors/nats/index.ts';
import { field, motorNode, openSource } from '../sources.ts';
import { ADDRESS, openReader, Operator, ownServer, range, readNumbers, SUBJECT } from './streams.ts';

describe('the JetStream stream of an address', () => {
  it('must be there, and be one', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await expect(openReader(server)).rejects.toMatchObject({ code: 'MR5105' });
    await operator.createStream({ name: 'PLANT_A', subjects: ['plant.a.>'] });
    await operator.createStream({ name: 'PLANT_B', subjects: ['plant.b.>'] });
    await expect(openReader(server)).rejects.toMatchObject({
      code: 'MR5106',
      message: `several JetStream streams store ${ADDRESS}: PLANT_A, PLANT_B`,
    });
    await operator.publish(1, 3);
    const settings = { streams: { [ADDRESS]: 'PLANT_A' } };
    expect((await readNumbers(await openReader(server, { settings }), 3)).numbers).toEqual([1, 2, 3]);
    for (const stream of ['PLANT_C', 'PLANT_A']) {
      const reader = openReader(server, { settings: { streams: { 'line.*': stream } }, address: 'line.*' });
      await expect(reader).rejects.toMatchObject({ code: 'MR5105' });
    }
  });

  it('stores the subjects that were published, if anything is read from them or by them', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ subject_transform: { src: 'plant.*.*.motor', dest: 'raw.{{wildcard(2)}}' } });
    await operator.publish(1, 3);
    await expect(openReader(server)).rejects.toMatchObject({
      code: 'MR5110',
      message: expect.stringContaining('plant.*.*.motor becomes raw.{{wildcard(2)}}'),
    });
    const settings = { servers: [server.url], streams: { 'raw.*': 'PLANT' } };
    const reader = await openReader(server, { settings, address: 'raw.*' });
    expect((await readNumbers(reader, 3)).numbers).toEqual(range(1, 3));
    const site = field('site', 'symbol', { from: { kind: 'subject', token: 2 } });
    const node = motorNode({ connector: 'nats', address: 'raw.*', codec: 'json', fields: [site], key: [] });
    await expect(openSource(createNatsConnector(settings), node)).rejects.toMatchObject({ code: 'MR5110' });
  });

  it('is read as messages: other formats are refused', async () => {
    const node = motorNode({ connector: 'nats', address: ADDRESS, codec: 'parquet' });
    const connector = createNatsConnector({ servers: ['nats://127.0.0.1:1'] });
    await expect(openSource(connector, node)).rejects.toMatchObject({ code: 'MR5115' });
  });

  it('needs JetStream', async () => {
    const server = await ownServer('jetstream: disabled');
    await expect(openReader(server)).rejects.toMatchObject({ code: 'MR5104' });
  });
});

describe('ticks', () => {
  it('come on a quiet stream, behind everything that is stored, and up to the server’s time less a margin', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ subjects: ['plant.>'] });
    await operator.publish(1, 3);
    await operator.publish(4, 9, () => 'plant.other'); // of another address: they are none of ours
    const reader = await openReader(server, { settings: { tickEveryMs: 50, tickMarginMs: 200 } });
    const { signal } = new AbortController();
    let arrivalUs = 0;
    let ticks = 0;
    let numbers = 3;
    let published = Promise.resolve();
    const startMs = performance.now();
    while (performance.now() - startMs < 2000) {
      const read = await reader.source.read({ maxEvents: 100, signal });
      if (read.kind === 'batch' && read.batch.length > 0) {
        // No tick was ahead of what arrived then.
        expect(read.batch.arrivalUs[0]).toBeGreaterThanOrEqual(arrivalUs);
        arrivalUs = read.batch.arrivalUs.at(-1)!;
      }
      if (read.kind !== 'tick') continue;
      ticks++;
      expect(read.arrivalUs).toBeGreaterThan(arrivalUs);
      expect(read.arrivalUs).toBeLessThanOrEqual((Date.now() + 1) * 1000 - 200_000);
      arrivalUs = read.arrivalUs;
      expect(read.position).toMatchObject({ sequence: numbers + 6 });
      if (ticks % 5 === 0) {
        numbers++;
        published = operator.client.request(SUBJECT, '{"ts":1,"device":"m","temp":1}').then(() => {});
        await published;
      }
    }
    expect(ticks).toBeGreaterThan(10);
  });

  it('stop while the server is away', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 1);
    const reader = await openReader(server, { settings: { tickEveryMs: 50 } });
    await readNumbers(reader, 1);
    await server.kill();
    const killedUs = Date.now() * 1000;
    const signal = AbortSignal.timeout(1500);
    while (!signal.aborted) {
      const read = await reader.source.read({ maxEvents: 1, signal });
      if (read.kind === 'tick') expect(read.arrivalUs).toBeLessThan(killedUs);
    }
  });
});
