import { describe, expect, it } from 'vitest';
import { subjectToken } from '../../../connectors/nats/subject-token.ts';
import { createNodePlatform } from '../../../engine/runtime/node-platform.ts';
import { SinkQueue } from '../../../engine/runtime/sink-queue.ts';
import { SinkTroubles } from '../../../engine/runtime/sink-troubles.ts';
import { TcpProxy } from '../tcp-proxy.ts';
import {
  alerts,
  change,
  createAlertStream,
  createRandom,
  numbersOf,
  openSink,
  rows,
  stored,
  writeUntilDone,
} from './publishing.ts';
import { Operator, ownServer, pause, range } from './streams.ts';

const SEED = Number(process.env.SEED ?? 20_260_101);

describe('what is published', () => {
  it('alerts are CloudEvents under the subject of their route', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await createAlertStream(operator);
    const { sink } = await openSink(server, {
      address: 'alerts.{site}.{device}.{rule}.{severity}.{change}',
      labels: { site: 'north' },
    });
    await sink.write({ kind: 'alerts', changes: [change(0)] });
    const [message] = await stored(operator);
    expect(message!.subject).toBe('alerts.north.m0.hot.high.raised');
    expect(JSON.parse(message!.text)).toEqual({
      specversion: '1.0',
      id: message!.id,
      source: 'millrace/rules/hot',
      type: 'millrace.alert.raised',
      time: '2023-11-14T22:13:20.000Z',
      subject: 'device=m0',
      datacontenttype: 'application/json',
      data: {
        type: 'alert',
        rule: 'hot',
        key: { device: 'm0' },
        level: 'high',
        change: 'raised',
        time: '2023-11-14T22:13:20.000Z',
        id: 'id0',
        message: 'change 0',
        values: { n: 0 },
      },
    });
    expect(message!.id).toMatch(/^id0\.raised\.1700000000000000\.[\w-]{8}$/);
  });

  it('rows are under the subject of their fields, and equal rows are two messages', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await createAlertStream(operator);
    const { sink } = await openSink(server, { address: 'alerts.rows.{device}.{n}' });
    const twice = rows([{ n: 1.5 }, { n: -0 }]);
    await sink.write(twice);
    await sink.write(twice);
    const messages = await stored(operator);
    expect(messages.map(({ subject }) => subject)).toEqual([
      'alerts.rows.m.1%2E5',
      'alerts.rows.m.0',
      'alerts.rows.m.1%2E5',
      'alerts.rows.m.0',
    ]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(4);
    expect(JSON.parse(messages[0]!.text)).toMatchObject({
      type: 'millrace.row',
      data: { stream: 'motor', key: { device: 'm' }, values: { n: 1.5 } },
    });
    expect(Object.is(JSON.parse(messages[1]!.text).data.values.n, -0)).toBe(true);
  });

  it('whatever a device sends is a part of a subject', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await createAlertStream(operator);
    const { sink } = await openSink(server, { address: 'alerts.{device}.x' });
    const changes = HOSTILE.map((device, n) => change(n, { key: { device }, message: String(device) }));
    await sink.write({ kind: 'alerts', changes });
    const messages = await stored(operator);
    expect(messages).toHaveLength(HOSTILE.length);
    for (const [n, device] of HOSTILE.entries()) {
      const { subject, text } = messages[n]!;
      const [first, token, last, ...more] = subject.split('.');
      expect([first, last, more]).toEqual(['alerts', 'x', []]);
      const { data } = JSON.parse(text);
      expect(data.key.device).toBe(device);
      expect(data.message).toBe(String(device));
      const isCut = token!.includes('%~');
      expect(isCut).toBe(String(device).length > 128);
      if (typeof device === 'string' && device !== '' && !isCut && !HALF.test(device)) {
        expect(decodeURIComponent(token!)).toBe(device);
      }
    }
    expect(new Set(messages.map(({ subject }) => subject)).size).toBe(HOSTILE.length);
  });

  it('names of key fields that objects have of their own are nothing special', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await createAlertStream(operator);
    const { sink } = await openSink(server, { address: 'alerts.{constructor}.{__proto__}.{device}' });
    const key = JSON.parse('{"__proto__":"p","device":"d"}') as Record<string, string>;
    await sink.write({ kind: 'alerts', changes: [change(0, { key })] });
    const [message] = await stored(operator);
    expect(message!.subject).toBe('alerts.%null.p.d');
    expect(message!.text).toContain('"key":{"__proto__":"p","device":"d"}');
  });

  it('parts of subjects are told apart', () => {
    const token = (value: string | null) => subjectToken(value, text => `${text.length}`);
    expect(['', null, '%', '%null', 'null', 'a b', 'a\u0000'].map(token)).toEqual([
      '%',
      '%null',
      '%25',
      '%25null',
      'null',
      'a%20b',
      'a%00',
    ]);
    expect(token('\ud83d')).toBe('%ED%A0%BD');
    expect(Buffer.byteLength(token('😀'.repeat(100)))).toBeLessThanOrEqual(128);
  });
});

describe('what goes wrong', () => {
  it('no stream, several streams, and no subject have codes', async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await expect(openSink(server)).rejects.toMatchObject({ code: 'MR5121', retry: 'never' });
    await operator.manager.streams.add({ name: 'A', subjects: ['alerts.*.high'] });
    await operator.manager.streams.add({ name: 'B', subjects: ['alerts.*.low'] });
    await expect(openSink(server)).rejects.toMatchObject({ code: 'MR5122' });
    for (const address of ['{device}.x', '$JS.API.{device}', 'alerts..x', 'alerts.>', 'alerts.{a b}', '']) {
      await expect(openSink(server, { address })).rejects.toMatchObject({ code: 'MR5120' });
    }
    // One of its subjects is not kept by the stream.
    const { sink } = await openSink(server, { address: 'alerts.{device}.high' });
    await sink.write(alerts(0, 3));
    await operator.manager.streams.update('A', { subjects: ['alerts.m1.high'] });
    const error = await writeUntilDone({ sink, warnings: [] }, alerts(4, 6)).catch(failure => failure);
    expect(error).toMatchObject({ code: 'MR5121', retry: 'never' });
  });

  it('a user who may not publish is told so', async () => {
    const server = await ownServer(`
      authorization { users: [
        { user: boss, password: b },
        { user: mill, password: m, permissions: { publish: ["$JS.API.>", "_INBOX.>"], subscribe: ">" } }
      ] }`);
    const operator = await Operator.connect(server.url, { user: 'boss', pass: 'b' });
    await createAlertStream(operator);
    const login = { kind: 'password', user: 'mill', password: 'm' } as const;
    const { sink } = await openSink(server, { settings: { login } });
    await expect(sink.write(alerts(0, 9))).rejects.toMatchObject({ code: 'MR5102', retry: 'never' });
  });

  it('a message that is too large is told, by the server and by the stream', async () => {
    const server = await ownServer('max_payload: 100KB');
    const operator = await Operator.connect(server.url);
    await createAlertStream(operator, { max_msg_size: 50_000 });
    const { sink } = await openSink(server);
    for (const length of [70_000, 200_000]) {
      const changes = [change(0, { message: 'x'.repeat(length) })];
      await expect(sink.write({ kind: 'alerts', changes })).rejects.toMatchObject({ code: 'MR5125' });
    }
    await sink.write(alerts(1, 2));
    expect(numbersOf(await stored(operator))).toEqual([1, 2]);
  });

  it('a full stream is waited for', { timeout: 30_000 }, async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await createAlertStream(operator, { discard: 'new', max_msgs: 100 });
    const opened = await openSink(server);
    await opened.sink.write(alerts(0, 89));
    const input = alerts(90, 149);
    await expect(opened.sink.write(input)).rejects.toMatchObject({ code: 'MR5124', retry: 'backoff' });
    const done = writeUntilDone(opened, input);
    await pause(500);
    expect((await operator.manager.streams.info('ALERTS')).state.messages).toBe(100);
    await operator.manager.streams.update('ALERTS', { max_msgs: 120 });
    await pause(300);
    await operator.manager.streams.update('ALERTS', { max_msgs: -1 });
    expect(await done).toBeGreaterThan(2);
    const numbers = numbersOf(await stored(operator));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(range(0, 149));
    for (const device of [0, 1, 2]) {
      expect(numbers.filter(n => n % 3 === device)).toEqual(range(0, 149).filter(n => n % 3 === device));
    }
  });
});

describe('each change once, in order', () => {
  it('when nats-server is killed in the middle', { timeout: 60_000 }, async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await createAlertStream(operator, { duplicate_window: 100e6 });
    const opened = await openSink(server, { settings: { requestTimeoutMs: 1_000 } });
    let failures = 0;
    for (let from = 0; from < 20_000; from += 5_000) {
      const done = writeUntilDone(opened, alerts(from, from + 4_999));
      await pause(60);
      await server.kill();
      await pause(200); // beyond the server's window
      await server.restart();
      failures += await done;
    }
    expect(failures).toBeGreaterThan(0);
    expect(numbersOf(await stored(operator))).toEqual(range(0, 19_999));
  });

  it(`when connections are cut anywhere (seed ${SEED})`, { timeout: 90_000 }, async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await createAlertStream(operator, { duplicate_window: 200e6 });
    const proxy = await TcpProxy.start(server.port);
    const opened = await openSink(proxy, { settings: { requestTimeoutMs: 2_000 } });
    const random = createRandom(SEED);
    let failures = 0;
    for (let from = 0; from < 20_000; from += 1_000) {
      // Acknowledgements are about 130 bytes each.
      void proxy.cutAfter(random(200_000));
      failures += await writeUntilDone(opened, alerts(from, from + 999));
    }
    expect(failures).toBeGreaterThan(5);
    expect(numbersOf(await stored(operator))).toEqual(range(0, 19_999));
    await opened.sink.close();
    await proxy.close();
  });

  it('several writes under way, through connections that break anywhere', { timeout: 60_000 }, async () => {
    const server = await ownServer();
    const operator = await Operator.connect(server.url);
    await createAlertStream(operator, { duplicate_window: 100e6 });
    const proxy = await TcpProxy.start(server.port);
    const { sink } = await openSink(proxy, { settings: { requestTimeoutMs: 2_000 } });
    const random = createRandom(SEED);
    let failures = 0;
    const troubles = new SinkTroubles({ onBegin: () => failures++ });
    const { clock } = createNodePlatform();
    const { signal } = new AbortController();
    const queue = new SinkQueue({ name: 'nats', sink, clock, troubles, signal });
    const underWay: Promise<void>[] = [];
    for (let from = 0; from < 20_000; from += 100) {
      if (from % 1_000 === 0) void proxy.cutAfter(random(200_000));
      underWay.push(queue.write(alerts(from, from + 99)));
      if (underWay.length > 10) await underWay.shift();
    }
    await Promise.all(underWay);
    expect(failures).toBeGreaterThan(3);
    expect(numbersOf(await stored(operator))).toEqual(range(0, 19_999));
    await sink.close();
    await proxy.close();
  });
});

const HALF = /\p{Cs}/u;
const HOSTILE = [
  '"quotes" and \\',
  "it's",
  'two\nlines\r\n',
  'MSG x 1 5\r\nhello',
  'a.b.c',
  '*',
  '>',
  'a.>',
  '$JS.API.STREAM.DELETE.ALERTS',
  ' ',
  '\t',
  '',
  '\u0000',
  '\u007f\u0085\u2028',
  '%41',
  'é',
  '😀👩‍👩‍👧',
  '\ud800',
  '__proto__',
  'constructor',
  '<script>',
  '{device}',
  'x'.repeat(65_536),
  '😀'.repeat(16_384),
  ' '.repeat(65_536),
  null,
  true,
  1e21,
];
