import { connect as connectSocket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  message,
  openReader,
  Operator,
  ownServer,
  pause,
  range,
  readNumbers,
  readUntil,
  SUBJECT,
} from './streams.ts';

describe('a JetStream source', () => {
  it('gives 100,000 messages in order, each once, with the time at which they were stored', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 100_000);
    const reader = await openReader(server);
    const { numbers, arrivalUs, rejected } = await readNumbers(reader, 100_000);
    expect(numbers).toEqual(range(1, 100_000));
    expect(rejected).toEqual([]);
    const last = await operator.manager.streams.getMessage('PLANT', { seq: 100_000 });
    const digits = /\.(\d+)Z/.exec(String(last!.timestamp))![1]!.padEnd(9, '0');
    expect(arrivalUs.at(-1)! % 1_000_000).toBe(Number(digits.slice(0, 6)));
    expect(Math.floor(arrivalUs.at(-1)! / 1000)).toBe(last!.time.getTime());
    expect(arrivalUs.every((us, i) => i === 0 || us >= arrivalUs[i - 1]!)).toBe(true);
    expect(await reader.source.backlog!()).toBe(0);
  });

  it('reads on from every position with exactly what follows, on another connection too', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 50);
    const positions: unknown[] = [];
    await readUntil(await openReader(server), ({ numbers }) => numbers.length === 50, {
      maxEvents: 7,
      onRead: ({ position }, { numbers }) => void positions.push([numbers.length, position]),
    });
    for (const [count, position] of positions as [number, never][]) {
      const reader = await openReader(server, { position: JSON.parse(JSON.stringify(position)) });
      expect(await reader.source.hasMore!()).toBe(count < 50);
      expect(await reader.source.backlog!()).toBe(50 - count);
      expect((await readNumbers(reader, 50 - count)).numbers).toEqual(range(count + 1, 50));
      await reader.source.close();
    }
  });

  it('reads no more once it is closed, also where a read waits', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    const reader = await openReader(server);
    const read = reader.source.read({ maxEvents: 10, signal: new AbortController().signal });
    await pause(100);
    await reader.source.close();
    expect(await read).toMatchObject({ kind: 'batch', batch: { length: 0 } });
    expect(reader.warnings).toEqual([]);
  });

  it('asks for nothing without credit, and never for more than may wait', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 20_000);
    const settings = { maxWaitingMessages: 1000, name: 'bounded' };
    const reader = await openReader(server, { settings });
    const delivered = async () => {
      const [consumer] = await operator.manager.consumers.list('PLANT').next();
      return consumer!.delivered.consumer_seq;
    };
    await pause(300);
    expect(await delivered()).toBe(0);
    const signal = AbortSignal.timeout(5000);
    await reader.source.read({ maxEvents: 10, signal });
    await pause(500);
    expect(await delivered()).toBeLessThanOrEqual(1010);
    for (let reads = 1; reads < 20; reads++) {
      await reader.source.read({ maxEvents: 10, signal });
      expect(await delivered()).toBeLessThanOrEqual(1000 + 10 * (reads + 1));
    }
  });

  it('bounds what waits by bytes too, and takes the largest message all the same', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    const large = (n: number) => JSON.stringify({ ts: n, device: 'm', temp: n, pad: 'x'.repeat(1_000_000) });
    for (let n = 1; n <= 20; n++) await operator.client.request(SUBJECT, large(n));
    const reader = await openReader(server, { settings: { maxWaitingBytes: 1 } }); // raised to two messages
    const { signal } = new AbortController();
    await reader.source.read({ maxEvents: 1, signal });
    await pause(300);
    const [consumer] = await operator.manager.consumers.list('PLANT').next();
    expect(consumer!.delivered.consumer_seq).toBeLessThanOrEqual(4);
    expect((await readNumbers(reader, 19)).numbers).toEqual(range(2, 20));
  });

  it('has one consumer with one filter subject, and leaves none behind', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ subjects: ['plant.>'] });
    await operator.publish(1, 10, n => (n % 2 === 0 ? SUBJECT : 'plant.a.1.pump'));
    const reader = await openReader(server);
    expect((await readNumbers(reader, 5)).numbers).toEqual([2, 4, 6, 8, 10]);
    const consumers = await operator.manager.consumers.list('PLANT').next();
    expect(consumers.map(({ config }) => [config.filter_subject, config.filter_subjects, config.ack_policy])).toEqual([
      [ADDRESS, undefined, 'none'],
    ]);
    await reader.source.close();
    await expect.poll(() => operator.manager.consumers.list('PLANT').next()).toEqual([]);
  });

  it('ends within a second when it is aborted, also without a server', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    const reader = await openReader(server);
    for (const isServerThere of [true, false]) {
      if (!isServerThere) await server.kill();
      const startMs = performance.now();
      const read = await reader.source.read({ maxEvents: 10, signal: AbortSignal.timeout(200) });
      expect(read).toMatchObject({ kind: 'batch', batch: { length: 0 } });
      expect(performance.now() - startMs).toBeLessThan(1000);
    }
    const startMs = performance.now();
    await reader.source.close();
    expect(performance.now() - startMs).toBeLessThan(1000);
  });

  it('rejects what is no JSON with its sequence, and takes many events of one message', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.client.request(SUBJECT, `[${message(1)},${message(2)}]`);
    await operator.client.request(SUBJECT, '{"ts":');
    await operator.client.request(SUBJECT, message(3));
    const { numbers, rejected } = await readNumbers(await openReader(server), 3);
    expect(numbers).toEqual([1, 2, 3]);
    expect(rejected).toEqual([expect.stringMatching(/^MR4001 .*sequence 2/)]);
  });

  it('reads messages whose headers the client would refuse, as if they had none', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    for (const [n, header] of [
      [1, 'A: 1\n2'],
      [2, 'no name: 3'],
      [3, 'B: 4'],
    ] as const) {
      await publishWithHeader(server.url, header, message(n));
    }
    const { numbers, rejected } = await readNumbers(await openReader(server), 3);
    expect(numbers).toEqual([1, 2, 3]);
    expect(rejected).toEqual([]);
  });

  it('reads a mirror with the sequences and times of its origin, where the settings name it', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 5);
    await pause(50);
    await operator.manager.streams.add({ name: 'COPY', mirror: { name: 'PLANT' } });
    const origin = await readNumbers(await openReader(server), 5);
    const copy = await openReader(server, { settings: { streams: { [ADDRESS]: 'COPY' } } });
    const { numbers, arrivalUs } = await readNumbers(copy, 5);
    expect(numbers).toEqual(origin.numbers);
    expect(arrivalUs).toEqual(origin.arrivalUs);
    expect(copy.position).toMatchObject({ stream: 'COPY', sequence: 5 });
  });

  it('understands reply subjects with a domain and an account too (js_ack_fc_v2)', async () => {
    const server = await ownServer('feature_flags { js_ack_fc_v2: true }');
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 10);
    await operator.manager.consumers.add('PLANT', { name: 'plain', ack_policy: 'none' });
    const options = { noMux: true, timeout: 2000 };
    const { reply } = await operator.client.request('$JS.API.CONSUMER.MSG.NEXT.PLANT.plain', '1', options);
    expect(reply!.split('.').length).toBeGreaterThanOrEqual(11);
    expect((await readNumbers(await openReader(server), 10)).numbers).toEqual(range(1, 10));
  });
});

/** As it is: a client checks it. */
async function publishWithHeader(url: string, header: string, payload: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connectSocket(Number(port), hostname);
  const headers = `NATS/1.0\r\n${header}\r\n\r\n`;
  socket.write('CONNECT {"verbose":false,"headers":true}\r\n');
  socket.write(
    `HPUB ${SUBJECT} ${headers.length} ${headers.length + payload.length}\r\n${headers}${payload}\r\nPING\r\n`,
  );
  for await (const chunk of socket) if (String(chunk).includes('PONG')) break;
}
