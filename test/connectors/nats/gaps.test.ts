import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TcpProxy } from '../tcp-proxy.ts';
import {
  ADDRESS,
  type NatsReader,
  openReader,
  Operator,
  ownServer,
  pause,
  range,
  readNumbers,
  readUntil,
  SUBJECT,
  temporaryFolder,
} from './streams.ts';

const codesOf = ({ warnings }: NatsReader) => warnings.map(({ code }) => code);

/** The process does nothing, as in a long collection or when it is stopped. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('nothing is left out', () => {
  it('when the program stands still and the server disconnects it (a silent gap)', { timeout: 90_000 }, async () => {
    const server = await ownServer('write_deadline: "200ms"\nmax_pending: 8MB');
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    const filler = 'x'.repeat(4000);
    for (let n = 1; n <= 24_000; n++) {
      operator.client.publish(SUBJECT, JSON.stringify({ ts: n, device: 'm', temp: n, filler }));
      if (n % 500 === 0) await operator.client.flush();
    }
    const reader = await openReader(server);
    let stillness = 0;
    const { numbers } = await readUntil(reader, ({ numbers }) => numbers.length >= 24_000, {
      timeoutMs: 60_000,
      onRead: (_read, { numbers }) => {
        if (numbers.length < 7000 * (stillness + 1) || stillness === 2) return;
        stillness++;
        standStill(1500);
      },
    });
    expect(numbers).toEqual(range(1, 24_000));
    expect(codesOf(reader)).toContain('MR5101'); // it was disconnected
  });

  it('when the connection is cut, anywhere', { timeout: 60_000 }, async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 20_000);
    const proxy = await TcpProxy.start(server.port);
    const reader = await openReader(proxy, { settings: { maxWaitingMessages: 1000 } });
    let cuts = 0;
    const { numbers } = await readUntil(reader, ({ numbers }) => numbers.length >= 20_000, {
      timeoutMs: 50_000,
      maxEvents: 500,
      onRead: (_read, { numbers }) => {
        if (numbers.length < 3000 * (cuts + 1) || cuts === 6) return;
        cuts++;
        if (cuts % 2 === 0) proxy.cut();
        else void proxy.cutAfter(5000 + cuts);
      },
    });
    expect(numbers).toEqual(range(1, 20_000));
    expect(proxy.connections).toBeGreaterThan(4);
    await reader.source.close();
    await proxy.close();
  });

  it('when the network stalls without a word', { timeout: 60_000 }, async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 100);
    const proxy = await TcpProxy.start(server.port);
    const settings = { pingIntervalMs: 300, idleHeartbeatMs: 500, requestTimeoutMs: 500, connectTimeoutMs: 500 };
    const reader = await openReader(proxy, { settings });
    expect((await readNumbers(reader, 100)).numbers).toHaveLength(100);
    proxy.stall();
    await operator.publish(101, 200);
    const stalled = await readUntil(reader, () => false, { timeoutMs: 2500 });
    expect(stalled.numbers).toEqual([]);
    proxy.restore();
    expect((await readNumbers(reader, 100)).numbers).toEqual(range(101, 200));
    await reader.source.close();
    await proxy.close();
  });

  it('when nats-server is killed and started again, minutes or moments later', { timeout: 60_000 }, async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 10_000);
    const reader = await openReader(server, { settings: { maxWaitingMessages: 1000 } });
    let kills = 0;
    const { numbers } = await readUntil(reader, ({ numbers }) => numbers.length >= 10_000, {
      maxEvents: 500,
      timeoutMs: 50_000,
      onRead: async (_read, { numbers }) => {
        if (numbers.length < 3000 * (kills + 1) || kills === 2) return;
        kills++;
        await server.kill();
        await pause(1000 * (kills - 1));
        await server.restart();
      },
    });
    expect(numbers).toEqual(range(1, 10_000));
    expect(codesOf(reader).filter(code => code === 'MR5101')).toHaveLength(2); // one message an outage
    await operator.publish(10_001, 10_010);
    expect((await readNumbers(reader, 10)).numbers).toEqual(range(10_001, 10_010));
  });

  it('when an operator deletes the consumer, while messages flow and while it is quiet', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 5000);
    const reader = await openReader(server, { settings: { maxWaitingMessages: 1000 } });
    const removeConsumer = async () => {
      const [consumer] = await operator.manager.consumers.list('PLANT').next();
      if (consumer !== undefined) await operator.manager.consumers.delete('PLANT', consumer.name);
    };
    let deletions = 0;
    const { numbers } = await readUntil(reader, ({ numbers }) => numbers.length >= 5000, {
      maxEvents: 400,
      onRead: async (_read, { numbers }) => {
        if (numbers.length < 1000 * (deletions + 1) || deletions === 3) return;
        deletions++;
        await removeConsumer();
      },
    });
    expect(numbers).toEqual(range(1, 5000));
    await readUntil(reader, () => false, { timeoutMs: 500 });
    await removeConsumer();
    await operator.publish(5001, 5003);
    expect((await readNumbers(reader, 3)).numbers).toEqual([5001, 5002, 5003]);
    expect(codesOf(reader)).toContain('MR5114');
  });
});

describe('what is missing is told', () => {
  it('where a start lies in a purged range, which the server moves on without an error', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 100);
    const first = await openReader(server);
    const { numbers } = await readUntil(first, ({ numbers }) => numbers.length >= 10, { maxEvents: 10 });
    expect(numbers).toEqual(range(1, 10));
    await first.source.close();
    await operator.manager.streams.purge('PLANT', { seq: 41 });
    const second = await openReader(server, { position: first.position });
    const content = await readNumbers(second, 60);
    expect(content.numbers).toEqual(range(41, 100));
    expect(content.rejected).toEqual([
      'MR5109 30 messages of PLANT (sequence 11 to 40) were removed before they were read',
    ]);
    // A run that begins without a position has missed nothing.
    expect((await readNumbers(await openReader(server), 60)).rejected).toEqual([]);
  });

  it('where the range is purged and nothing follows it, before the clock moves on', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 20);
    const first = await openReader(server);
    const { arrivalUs } = await readUntil(first, ({ numbers }) => numbers.length >= 10, { maxEvents: 10 });
    await first.source.close();
    await operator.manager.streams.purge('PLANT');
    const second = await openReader(server, { position: first.position, settings: { tickEveryMs: 100 } });
    const empty = await second.source.read({ maxEvents: 5, signal: AbortSignal.abort() });
    expect(empty.position).toMatchObject({ sequence: 10 }); // a checkpoint here would tell it again
    const content = await readUntil(second, ({ ticks }) => ticks.length > 0);
    expect(content.rejected).toEqual([
      'MR5109 10 messages of PLANT (sequence 11 to 20) were removed before they were read',
    ]);
    expect(second.position).toMatchObject({ sequence: 20 });
    // Whoever tells it again after a crash, perhaps behind the next message, tells the same.
    expect(content.rejectedUs).toEqual([arrivalUs[9]]);
    await operator.publish(21, 21);
    const again = await openReader(server, { position: first.position });
    expect(await readNumbers(again, 1)).toMatchObject({ rejected: content.rejected, rejectedUs: content.rejectedUs });
  });

  it('where messages are purged under the reader, alone in the stream and among others', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ subjects: ['plant.>'] });
    await operator.publish(1, 4000, n => (n % 2 === 0 ? SUBJECT : 'plant.a.1.pump'));
    for (const [address, of] of [
      ['plant.>', 1],
      [ADDRESS, 2],
    ] as const) {
      const last = await operator.client.request(SUBJECT, JSON.stringify({ ts: 1, device: 'm', temp: -1 }));
      expect(last).toBeDefined();
      const reader = await openReader(server, { address, settings: { maxWaitingMessages: 100 } });
      let isPurged = false;
      const info = await operator.manager.streams.info('PLANT');
      const from = info.state.first_seq;
      const content = await readUntil(reader, ({ numbers }) => numbers.at(-1) === -1, {
        maxEvents: 50,
        onRead: async () => {
          if (isPurged) return;
          isPurged = true;
          await pause(100);
          await operator.manager.streams.purge('PLANT', { seq: from + 1001 });
        },
      });
      const [, count, ...ends] = /MR5109 ([\d,]+) mess.*sequence ([\d,]+) to ([\d,]+)/
        .exec(content.rejected.join())!
        .map(text => Number(text.replaceAll(',', '')));
      expect(content.rejected).toHaveLength(1);
      expect(ends[1]).toBeGreaterThanOrEqual(from + 1000 - 1);
      const given = content.numbers.filter(n => n > 0).length;
      expect(given + count!).toBe(Math.ceil((4000 - from + 1) / of));
    }
  });

  it('where as many come as are purged, among messages of others', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream({ subjects: ['plant.>'] });
    const subjectOf = (n: number) => (n % 2 === 0 ? SUBJECT : 'plant.a.1.pump');
    await operator.publish(1, 2000, subjectOf);
    const reader = await openReader(server, { settings: { maxWaitingMessages: 100, tickEveryMs: 200 } });
    const first = await readUntil(reader, ({ numbers }) => numbers.length >= 50, { maxEvents: 10 });
    await pause(200); // what was asked for is there
    await operator.publish(2001, 6000, subjectOf);
    await operator.manager.streams.purge('PLANT', { seq: 1501 });
    const kept = await readUntil(reader, ({ numbers }) => numbers.at(-1) === 6000, { maxEvents: 10 });
    const told = [...kept.rejected, ...(await readUntil(reader, ({ ticks }) => ticks.length > 0)).rejected];
    const numbers = [...first.numbers, ...kept.numbers];
    const lastBefore = Math.max(...numbers.filter(n => n < 1501));
    expect(numbers.length).toBeLessThan(3000);
    // What lies in front of it was others', or not: nobody knows any more.
    const [, from, to] = /^MR5109 up to [\d,]+ messages of PLANT \(sequence ([\d,]+) to ([\d,]+)\)/
      .exec(told.at(-1)!)!
      .map(text => Number(text.replace(',', '')));
    expect(from).toBeLessThanOrEqual(lastBefore + 1);
    expect(to).toBe(1500);
  });

  it('where all of it is purged, and it is quiet then, before a checkpoint passes it over', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    for (const subjects of [[ADDRESS], ['plant.>']]) {
      await operator.createStream({ subjects });
      await operator.publish(1, 1000);
      const settings = { maxWaitingMessages: 100, tickEveryMs: 200 };
      const reader = await openReader(server, { settings });
      const first = await readUntil(reader, ({ numbers }) => numbers.length >= 50, { maxEvents: 10 });
      await pause(200); // what was asked for is there
      await operator.manager.streams.purge('PLANT');
      const rest = await readUntil(reader, ({ ticks }) => ticks.length > 1, { maxEvents: 10 });
      const last = Math.max(...first.numbers, ...rest.numbers);
      const [many, from] = [(1000 - last).toLocaleString('en'), (last + 1).toLocaleString('en')];
      const upTo = subjects[0] === ADDRESS ? '' : 'up to ';
      expect(rest.rejected).toEqual([
        `MR5109 ${upTo}${many} messages of PLANT (sequence ${from} to 1,000) were removed before they were read`,
      ]);
      expect(reader.position).toMatchObject({ sequence: 1000 });
      await operator.publish(1001, 1005);
      const then = await readNumbers(reader, 5);
      expect(then.numbers).toEqual(range(1001, 1005));
      expect(then.rejected).toEqual([]);
      await reader.source.close();
      await operator.manager.streams.delete('PLANT');
    }
  });

  it('where the stream is deleted (and stays away), or made anew', { timeout: 30_000 }, async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    const { signal } = new AbortController();
    for (const [isMadeAnew, code] of [
      [false, 'MR5108'],
      [true, 'MR5107'],
    ] as const) {
      await operator.createStream();
      await operator.publish(1, 10);
      const reader = await openReader(server);
      await readNumbers(reader, 10);
      await operator.manager.streams.delete('PLANT');
      if (isMadeAnew) {
        await operator.createStream();
        await operator.publish(11, 30);
      }
      const read = (async () => {
        for (;;) await reader.source.read({ maxEvents: 10, signal });
      })();
      await expect(read).rejects.toMatchObject({ code });
      if (!isMadeAnew) continue;
      await expect(openReader(server, { position: reader.position })).rejects.toMatchObject({ code: 'MR5107' });
    }
  });

  it('where the stream ends before the position: an older copy of it', async () => {
    const directory = temporaryFolder();
    const copy = join(temporaryFolder(), 'copy');
    const server = await ownServer('', directory);
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 5);
    await server.stop();
    cpSync(directory, copy, { recursive: true });
    await server.restart();
    await operator.publish(6, 10);
    const reader = await openReader(server);
    await readNumbers(reader, 10);
    await server.stop();
    rmSync(directory, { recursive: true });
    cpSync(copy, directory, { recursive: true });
    await server.restart();
    const message = expect.stringContaining('it ends at sequence 5, and 10 was read already');
    const read = readUntil(reader, () => false, { timeoutMs: 5000 });
    await expect(read).rejects.toMatchObject({ code: 'MR5107', message });
    await expect(openReader(server, { position: reader.position })).rejects.toMatchObject({ code: 'MR5107', message });
  });

  it('where the stream’s subjects are changed, or the address is another than before', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await operator.createStream();
    await operator.publish(1, 5);
    const reader = await openReader(server, { settings: { tickEveryMs: 100 } });
    await readNumbers(reader, 5);
    await operator.manager.streams.update('PLANT', { subjects: ['line.>'] });
    await readUntil(reader, ({ ticks }) => ticks.length > 2);
    expect(codesOf(reader)).toEqual(['MR5113']);
    await operator.publish(6, 6, () => 'line.a');
    const other = await openReader(server, { position: reader.position, address: 'line.*' });
    expect(codesOf(other)).toEqual(['MR5113']);
    expect((await readNumbers(other, 1)).numbers).toEqual([6]);
  });
});
