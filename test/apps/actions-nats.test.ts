import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { NatsServer } from '../connectors/nats/nats-server.ts';
import { Operator, ownServer } from '../connectors/nats/streams.ts';
import { keyOf, reading, startRun, STATE } from './alert-run.ts';
import { folderWith, jsonLines, millrace, startMillrace } from './millrace.ts';

const RULES = `
stream m from journal "plant" json { key id: symbol  x: float  time ts as ms }
rule hot on m { medium when x > 10  clear when x < 5 }
route alerts to file "routed.ndjson"
`;

/** Some runs, an ingest and some commands start, on a machine that may be busy. */
const TIMEOUT_MS = 120_000;
/** More than a page, in several of them. */
const COUNT = 2_500;

test(
  'an action in JetStream counts once, through kill -9 of the run and a server that is started anew',
  async () => {
    const { cwd, server } = await plant();
    const producer = startMillrace(['ingest', 'plant'], { cwd });
    producer.stdin!.write(`${reading('m1', 11)}\n${reading('m2', 12)}\n`);
    const first = startRun(cwd);
    await first.until(changes => changes.length === 2);

    // By its whole id, as from a machine that has no state of the run.
    const id = first.changes().find(change => keyOf(change) === 'm1')!['id'] as string;
    expect(millrace(['ack', id, '--by', 'Eva', '--to', 'nats'], { cwd })).toEqual({
      code: 0,
      out: `acknowledge ${id}, by Eva: it is in the stream ACTIONS\n`,
      err: '',
    });
    await first.until(changes => changes.some(({ change }) => change === 'acknowledged'));
    expect(first.changes().at(-1)).toMatchObject({ key: { id: 'm1' }, state: ['acknowledged'], by: 'Eva' });
    await first.kill();

    // With no run, the stream keeps it; a comment that counted twice would be there twice.
    const say = (comment: string) =>
      millrace(['comment', '--rule', 'hot', '--key', 'm2', '--comment', comment, '--to', 'nats'], { cwd }).code;
    expect(say('while it was down')).toBe(0);
    const second = startRun(cwd);
    await second.until(changes => changes.some(({ change }) => change === 'commented'));
    await second.kill();
    const third = startRun(cwd);
    producer.stdin!.write(`${reading('m3', 13)}\n`);
    await third.until(changes => changes.some(change => keyOf(change) === 'm3'));
    await server.stop();
    await expect.poll(third.errors, { timeout: 60_000 }).toContain('warning[MR5101]: actions are not read now');
    await server.restart();
    expect(say('after the restart')).toBe(0);
    await third.until(changes => changes.some(({ comment }) => comment === 'after the restart'));
    producer.stdin!.write(`${reading('m1', 1)}\n${reading('m2', 1)}\n`);
    await third.until(changes => changes.filter(({ change }) => change === 'cleared').length === 2);
    await third.stop();
    expect(third.errors().match(/warning\[/g)).toHaveLength(1);
    const routed = jsonLines(readFileSync(join(cwd, 'routed.ndjson'), 'utf8'));
    const of = (key: string) => routed.filter(change => keyOf(change) === key);
    expect(of('m1').map(({ change }) => change)).toEqual(['raised', 'acknowledged', 'cleared']);
    expect(of('m2').map(({ change, comment }) => comment ?? change)).toEqual([
      'raised',
      'while it was down',
      'after the restart',
      'cleared',
    ]);
  },
  TIMEOUT_MS,
);

test(
  'what is no action is passed over and told, and what was said before the first run means nothing',
  async () => {
    const { cwd, operator } = await plant();
    const send = (payload: string | Uint8Array) => operator.client.request('actions.hmi', payload);
    await send(action({ action: 'suppress' }));
    const producer = startMillrace(['ingest', 'plant'], { cwd });
    producer.stdin!.write(`${reading('m1', 11)}\n`);
    const run = startRun(cwd);
    await run.until(changes => changes.length === 1);
    const hostile = [
      '',
      'null',
      '[]',
      '{"action":"delete","by":"x"}',
      action({ durationUs: -1 }),
      action({ durationUs: 1e300 }),
      action({ key: [{}] }),
      action({ by: 7 }),
      action({ rule: null }),
      action({ rule: null, alert: 'f'.repeat(32) }),
      action({ comment: 'x'.repeat(70_000) }),
      '['.repeat(60_000),
      ...Array<Uint8Array>(10).fill(new Uint8Array(1_000_000).fill(0xff)), // more than is read at once
    ];
    for (const payload of hostile) await send(payload);
    await send(action({ rule: '__proto__', key: ['__proto__'] })); // no rule has this name
    for (const key of [7, 1e300, true, null, [], ['m1', 'more'], 'nobody']) await send(action({ key })); // no key is that
    await send(action({ action: 'comment', comment: 'last', alert: null }));
    await run.until(changes => changes.some(({ comment }) => comment === 'last'));
    await run.stop();
    expect(run.changes().map(({ change, state }) => [change, state])).toEqual([
      ['raised', undefined],
      ['commented', undefined],
    ]);
    expect(run.errors().match(/warning\[MR7085\]/g)).toHaveLength(2); // the first, and the tenth
    expect(run.errors()).toContain('message 2 of ACTIONS is passed over');
  },
  TIMEOUT_MS,
);

test(
  'what waits in the stream comes in its order, in several pages, each once though the run is killed between them',
  async () => {
    const { cwd, operator } = await plant();
    const producer = startMillrace(['ingest', 'plant'], { cwd });
    producer.stdin!.write(`${reading('m1', 11)}\n`);
    const first = startRun(cwd);
    await first.until(changes => changes.length === 1);
    await first.stop();
    const all = Array.from({ length: COUNT }, (_, i) => String(i));
    for (const comment of all) operator.client.publish('actions.hmi', action({ action: 'comment', comment }));
    await operator.client.flush();
    const second = startRun(cwd);
    await second.until(changes => changes.length > 0);
    await second.kill();
    const third = startRun(cwd);
    producer.stdin!.write(`${reading('m1', 12)}\n`);
    await third.until(changes => changes.some(({ comment }) => comment === all.at(-1)));
    await third.stop();
    const routed = jsonLines(readFileSync(join(cwd, 'routed.ndjson'), 'utf8'));
    expect(routed.flatMap(({ comment }) => comment ?? [])).toEqual(all);
  },
  TIMEOUT_MS,
);

test(
  'a stream that is made anew, or has lost what was not read, is told and read on',
  async () => {
    const { cwd, operator } = await plant();
    const send = (comment: string) => operator.client.request('actions.hmi', action({ action: 'comment', comment }));
    const producer = startMillrace(['ingest', 'plant'], { cwd });
    producer.stdin!.write(`${reading('m1', 11)}\n`);
    const first = startRun(cwd);
    await first.until(changes => changes.length === 1);
    await send('one');
    await first.until(changes => changes.some(({ comment }) => comment === 'one'));
    await first.stop();
    await send('removed');
    await operator.manager.streams.purge('ACTIONS');
    await send('two');
    const second = startRun(cwd);
    await second.until(changes => changes.some(({ comment }) => comment === 'two'));
    await operator.manager.streams.delete('ACTIONS');
    await operator.manager.streams.add({ name: 'ACTIONS', subjects: ['actions.>'] });
    await send('three');
    await second.until(changes => changes.some(({ comment }) => comment === 'three'));
    await second.stop();
    expect(second.changes().map(({ comment }) => comment)).toEqual(['two', 'three']);
    expect(second.errors().match(/warning\[MR\d+\]/g)).toEqual(
      expect.arrayContaining(['warning[MR5109]', 'warning[MR5107]']),
    );
  },
  TIMEOUT_MS,
);

test('where nothing says by which subject, and where no stream has it, that is refused', async () => {
  const ack = ['ack', '--rule', 'hot', '--key', 'm1', '--to'];
  const none = folderWith({});
  expect(millrace([...ack, 'nats'], { cwd: none }).err).toContain('error[MR7084]');
  expect(millrace([...ack, 'mqtt'], { cwd: none }).err).toContain('error[MR7084]');
  const server = await ownServer();
  const cwd = folderWith({ 'rules.mill': RULES, 'millrace.yaml': settingsOf(server) });
  expect(millrace([...ack, 'nats'], { cwd }).err).toContain('error[MR5121]');
  expect(millrace(['ack', 'f00', '--to', 'nats'], { cwd }).err).toContain('error[MR7081]');
  expect(millrace(['run', 'rules.mill', ...STATE], { cwd }).err).toContain('error[MR5105]');
});

/** A folder whose runs take actions from a server of their own. */
async function plant() {
  const server = await ownServer();
  const cwd = folderWith({ 'rules.mill': RULES, 'millrace.yaml': settingsOf(server) });
  expect(millrace(['setup', 'rules.mill', '--apply'], { cwd }).out).toContain(
    'create    stream ACTIONS: stores actions.>\n',
  );
  return { cwd, server, operator: await Operator.connect(server.url) };
}

function settingsOf({ url }: NatsServer): string {
  return `nats: { servers: ["${url}"], actions: "actions.>", reconnectMaxWait: 200ms, requestTimeout: 1s }\n`;
}

function action(members: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ action: 'acknowledge', rule: 'hot', key: 'm1', by: 'HMI', ...members });
}
