import { expect, it } from 'vitest';
import { PublishedIds } from '../../../connectors/nats/published-ids.ts';
import { alerts, createAlertStream, numbersOf, openSink, stored, writeUntilDone } from './publishing.ts';
import { Operator, ownServer, pause, range } from './streams.ts';

/** Shorter than any restart here: what is published once is so by reading the stream. */
const SHORT_WINDOW = { duplicate_window: 100e6 };

it('what a killed run published behind its last position is not published again', { timeout: 60_000 }, async () => {
  const server = await ownServer();
  const operator = await Operator.connect(server.url);
  await createAlertStream(operator, SHORT_WINDOW);
  const foreign = async (n: number) => {
    for (let i = 0; i < n; i++) operator.client.publish('alerts.m1.high', 'of somebody else');
    await operator.client.flush();
  };
  const whole = await openSink(server, { address: 'alerts.{device}.{severity}' });
  const positions = [await whole.sink.position()];
  for (let from = 0; from < 30_000; from += 5_000) {
    await foreign(50);
    await writeUntilDone(whole, alerts(from, from + 4_999));
    await foreign(50);
    positions.push(await whole.sink.position());
  }
  const before = await stored(operator);
  expect(numbersOf(before)).toEqual(range(0, 29_999));
  for (const at of [0, 3, 6]) {
    await pause(150);
    const again = await openSink(server, { position: positions[at]! });
    // Other batches, as a replay may have.
    for (let from = at * 5_000; from < 30_000; from += 2_500) {
      await again.sink.write(alerts(from, from + 2_499));
      await foreign(3);
    }
    expect(numbersOf(await stored(operator))).toEqual(range(0, 29_999));
    await again.sink.close();
  }
});

it('a run that is killed again and again, also while it makes the same once more', { timeout: 60_000 }, async () => {
  const server = await ownServer();
  const operator = await Operator.connect(server.url);
  await createAlertStream(operator, SHORT_WINDOW);
  let kept = { position: null as Awaited<ReturnType<typeof positionOf>> | null, n: 0 };
  const positionOf = async ({ sink }: Awaited<ReturnType<typeof openSink>>) => await sink.position();
  const first = await openSink(server);
  kept = { position: await positionOf(first), n: 0 };
  for (let life = 0; life < 12; life++) {
    const opened = await openSink(server, { position: kept.position });
    let n = kept.n;
    // Goes further than the checkpoint that it leaves, which may be in the middle of what was there.
    for (let step = 0; step < 4; step++, n += 100) {
      await opened.sink.write(alerts(n, n + 99));
      if (step === life % 3) kept = { position: await positionOf(opened), n: n + 100 };
    }
    void opened.sink.write(alerts(n, n + 299)).catch(() => {}); // cut off on its way
    await opened.sink.close();
    await pause(life % 2 === 0 ? 150 : 0);
  }
  const last = await openSink(server, { position: kept.position });
  await last.sink.write(alerts(kept.n, 4_999));
  expect(numbersOf(await stored(operator))).toEqual(range(0, 4_999));
});

it('several routes publish to one stream, and each leaves out its own', async () => {
  const server = await ownServer();
  const operator = await Operator.connect(server.url);
  await createAlertStream(operator, SHORT_WINDOW);
  const addresses = ['alerts.{device}', 'alerts.all.{rule}'];
  const first = await Promise.all(addresses.map(address => openSink(server, { address })));
  const positions = await Promise.all(first.map(({ sink }) => sink.position()));
  await Promise.all(first.map(({ sink }) => sink.write(alerts(0, 999))));
  await pause(150);
  const again = await Promise.all(
    addresses.map((address, i) => openSink(server, { address, position: positions[i]! })),
  );
  await Promise.all(again.map(({ sink }) => sink.write(alerts(0, 1_999))));
  const messages = await stored(operator);
  for (const isAll of [true, false]) {
    const own = messages.filter(({ subject }) => subject.startsWith('alerts.all.') === isAll);
    expect(numbersOf(own)).toEqual(range(0, 1_999));
  }
});

it('a stream that was purged, made anew, or is another one is told, and goes on', async () => {
  const server = await ownServer();
  const operator = await Operator.connect(server.url);
  await createAlertStream(operator, SHORT_WINDOW);
  const first = await openSink(server);
  const position = await first.sink.position();
  await first.sink.write(alerts(0, 99));
  await operator.manager.streams.purge('ALERTS', { seq: 51 });
  await pause(150);
  const purged = await openSink(server, { position });
  expect(purged.warnings).toMatchObject([{ code: 'MR5123', message: expect.stringContaining('1 to 50') }]);
  await purged.sink.write(alerts(50, 109));
  expect(numbersOf(await stored(operator))).toEqual(range(50, 109));
  await operator.manager.streams.delete('ALERTS');
  await createAlertStream(operator, SHORT_WINDOW);
  // While it publishes: noticed at the next failure or start.
  const anew = await openSink(server, { position });
  expect(anew.warnings).toMatchObject([{ code: 'MR5123', message: expect.stringContaining('made anew') }]);
  await anew.sink.write(alerts(0, 9));
  await pause(150);
  const again = await openSink(server, { position });
  await again.sink.write(alerts(0, 19));
  expect(numbersOf(await stored(operator))).toEqual(range(0, 19));
});

it('what is held of the stream is bounded', async () => {
  let forgotten = 0;
  const found = range(1, 100).map(n => ({ id: `own${n}`, sequence: n }));
  const ids = new PublishedIds({
    read: async ({ from }) => ({ ids: found.slice(from - 1, from + 9), next: from + 10 }),
    isOwn: id => id.startsWith('own'),
    onForgotten: () => forgotten++,
    maxHeld: 30,
  });
  ids.add({ from: 1, to: 100 });
  expect(ids.first).toBe(1);
  for (const n of range(1, 20)) {
    expect(await ids.find(`own${n}`)).toBe(n);
    ids.take(`own${n}`);
  }
  expect(ids.first).toBe(21);
  expect(await ids.find('own100')).toBe(100);
  expect(forgotten).toBeGreaterThan(0);
  expect(ids.first).toBe(71);
  expect(await ids.find('own60')).toBeUndefined();
});
