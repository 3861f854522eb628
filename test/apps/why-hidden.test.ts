import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { Operator, ownServer } from '../connectors/nats/streams.ts';
import { keyOf, reading, startRun, STATE } from './alert-run.ts';
import { folderWith, jsonLines, millrace, startMillrace } from './millrace.ts';

vi.setConfig({ testTimeout: 120_000 });

const RULES = `stream m from journal "plant" json { key id: symbol  x: float  time ts as ms }
rule hot on m { medium when x > 10  clear when x < 5  latch }
route alerts to file "routed.ndjson"
`;

describe('what operators did', () => {
  test('is told from the state folder: what hides an alert, by whom and since when, and what ended one', async () => {
    const cwd = folderWith({ 'rules.mill': RULES });
    const producer = startMillrace(['ingest', 'plant'], { cwd });
    const send = (id: string, x: number) => producer.stdin!.write(`${reading(id, x)}\n`);
    for (const id of ['m1', 'm2', 'm3']) send(id, 11);
    const run = startRun(cwd);
    await run.until(changes => changes.length === 3);
    const act = (...words: string[]) => expect(millrace([...words, ...STATE], { cwd }).code).toBe(0);
    act('suppress', '--rule', 'hot', '--key', 'm1', '--by', 'Eva', '--comment', 'it is being replaced');
    act('shelve', '--rule', 'hot', '--key', 'm2', '--for', '8h', '--by', 'Jo');
    act('ack', '--rule', 'hot', '--key', 'm3', '--by', 'Jo', '--comment', 'on my way');
    await run.until(changes => changes.filter(({ by }) => by !== undefined).length === 3);
    send('m3', 1);
    await run.until(changes => changes.some(({ change }) => change === 'cleared'));
    act('out-of-service', '--rule', 'hot', '--key', 'm3', '--by', 'Eva');
    act('comment', '--rule', 'hot', '--key', 'm1', '--by', 'Eva', '--comment', 'done at noon');
    await run.until(changes => changes.some(({ comment }) => comment === 'done at noon'));
    send('m3', 2);
    await run.stop();
    const whyNot = (key: string, state: readonly string[] = STATE) =>
      ask(cwd, ['why-not', 'hot', key, new Date().toISOString(), 'rules.mill', ...state]);

    const time = String.raw`\d\d:\d\d:\d\d(\.\d+)?`;
    expect(whyNot('m1')).toMatch(
      new RegExp(`It was hidden, and not routed:\n  suppressed since ${time}, by Eva: “it is being replaced”\n`),
    );
    expect(whyNot('m2')).toMatch(new RegExp(`\n  shelved since ${time} until .*${time}, by Jo\n`));
    expect(whyNot('m3')).toMatch(
      new RegExp(`What it raises is hidden, and not routed:\n  out of service since ${time}, by Eva\n`),
    );

    // Without the state, the changes of alerts that a route wrote say it of those that fired.
    const found = whyNot('m1', []);
    expect(found.replace(/^.*It was hidden/s, '')).toBe(whyNot('m1').replace(/^.*It was hidden/s, ''));
    expect(whyNot('m2', [])).toMatch(new RegExp(`\n  shelved since ${time}, by Jo\n`));
    expect(whyNot('m3', [])).not.toContain('hidden');

    const raised = run.changes().find(change => keyOf(change) === 'm3')!;
    rmSync(join(cwd, 'state/alerts.json'));
    const story = ask(cwd, ['why', '-', 'rules.mill', ...STATE], JSON.stringify(raised));
    expect(story).toMatch(/acknowledged, medium by Jo: “on my way”\n[\s\S]*○ cleared, medium/);
  });

  test('is told from the stream of actions, where the folder of the run is elsewhere', async () => {
    const server = await ownServer();
    const settings = `nats: { servers: ["${server.url}"], actions: "actions.>" }\n`;
    const cwd = folderWith({ 'rules.mill': RULES, 'millrace.yaml': settings });
    expect(millrace(['setup', 'rules.mill', '--apply'], { cwd }).code).toBe(0);
    const operator = await Operator.connect(server.url);
    expect(millrace(['ingest', 'plant'], { cwd, input: `${reading('m1', 1)}\n` }).code).toBe(0);
    await operator.client.request('actions.hmi', action({ action: 'suppress', by: 'Eva' }));
    await operator.client.request('actions.hmi', action({ action: 'suppress', by: 'Jo', key: ['m2'] }));
    await operator.client.request('actions.hmi', 'no action');
    expect(millrace(['ingest', 'plant'], { cwd, input: `${reading('m1', 11)}\n` }).code).toBe(0);
    const words = ['why-not', 'hot', 'm1', new Date(Date.now() + 1_000).toISOString(), 'rules.mill', '--json'];
    const [told] = jsonLines(ask(cwd, words));
    expect(told).toMatchObject({
      alert: { level: 'medium' },
      hidden: [{ word: 'suppressed', by: 'Eva', comment: null, until: null, since: expect.any(String) }],
    });
    await server.stop();
    const away = millrace(words, { cwd });
    expect(away.err).toContain('what operators did is not known from NATS');
    expect(jsonLines(away.out)).toMatchObject([{ alert: { level: 'medium' }, hidden: [] }]);
  });
});

test('alerts that fire and suppress the one that is asked about are named', () => {
  const rules = `stream pump from file "pump.csv" { key device: symbol  line: symbol  flow: float L/min  time at as iso }
stream belt from file "belt.csv" { key line: symbol  speed: float m/s  time at as iso }
rule stopped on belt { high when speed < 0.1 m/s }
rule dry on pump { high when flow < 2 L/min for 5s  suppress when alert("stopped", line)  clear when flow > 3 L/min }
`;
  const at = (second: number) => new Date(Date.UTC(2025, 2, 10, 8, 0, second)).toISOString();
  const every5s = Array.from({ length: 20 }, (_, i) => i * 5);
  const pump = every5s.map(s => `${at(s)},p1,a,${s >= 30 && s < 60 ? 1 : 5}\n`).join('');
  const belt = every5s.map(s => `${at(s)},a,${s >= 20 && s < 50 ? 0 : 1}\n`).join('');
  const files = { 'pump.csv': `at,device,line,flow\n${pump}`, 'belt.csv': `at,line,speed\n${belt}` };
  const cwd = folderWith({ 'rules.mill': rules, ...files });
  const whyNot = (time: string) => ask(cwd, ['why-not', 'dry', 'p1', `2025-03-10 ${time}`, 'rules.mill']);
  expect(whyNot('08:00:40')).toContain(
    `It was hidden, and not routed:\n  suppressed since 08:00:35, suppress when alert("stopped", line): stopped, line a had an alert since 08:00:20\n`,
  );
  expect(whyNot('08:00:55')).not.toContain('hidden');
});

function ask(cwd: string, words: readonly string[], input = ''): string {
  const { code, out, err } = millrace(words, { cwd, input });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

function action(of: object): string {
  return JSON.stringify({ rule: 'hot', key: ['m1'], ...of });
}
