import { jetstream } from '@nats-io/jetstream';
import { expect, test, vi } from 'vitest';
import { publishedAlerts } from '../../apps/cli/why/published-alerts.ts';
import { Operator, ownServer } from '../connectors/nats/streams.ts';
import { sharedNats } from '../services/servers.ts';
import { folderWith, jsonLines, millrace } from './millrace.ts';

vi.setConfig({ testTimeout: 120_000 });

const url = await sharedNats();
const NAME = `why_alerts_${process.pid}_${Date.now()}`;
const RULES = `stream m from file "m.csv" { key device: symbol  temp: float degC  time at as iso }
rule hot on m { high when temp > 85 degC  clear when temp < 80 degC }
route alerts to nats "${NAME}.{device}.{severity}"
`;

test('an alert that no file keeps is found in the stream that its route publishes to, by the beginning of its id', async () => {
  const operator = await Operator.connect(url);
  await operator.createStream({ name: NAME, subjects: [`${NAME}.>`] });
  const at = (second: number) => `2025-03-10T08:00:${String(second).padStart(2, '0')}Z`;
  const readings = [70, 86, 90, 75, 70, 91].map((temp, i) => `${at(i * 10)},m1,${temp}\n${at(i * 10)},m2,70\n`);
  const settings = `nats: { servers: ["${url}"] }\n`;
  const files = { 'rules.mill': RULES, 'm.csv': `at,device,temp\n${readings.join('')}`, 'millrace.yaml': settings };
  const cwd = folderWith(files);
  const stream = jetstream(operator.client);
  const noise = Array.from({ length: 1_100 }, (_, n) =>
    stream.publish(`${NAME}.other.${n}`, n % 2 === 0 ? 'noise' : '{"type":"row"}'),
  );
  await Promise.all(noise); // more than a page, in front of the alerts
  const run = millrace(['run', 'rules.mill', '--json'], { cwd });
  expect(run.code, run.err).toBe(0);
  const changes = jsonLines(run.out).filter(({ type }) => type === 'alert');
  expect(changes.map(({ change }) => change)).toEqual(['raised', 'cleared', 'raised']);
  const [first, , second] = changes.map(({ id }) => String(id));

  const found = await publishedAlerts(`${NAME}.{device}.{severity}`, {
    settings: { servers: [url] },
    isWanted: () => true,
  });
  expect(found.flatMap(({ id, rule, key, changes: own }) => own.map(({ change }) => [id, rule, key, change]))).toEqual(
    changes.map(({ id, change }) => [id, 'hot', { device: 'm1' }, change]),
  );

  const why = (id: string) => millrace(['why', id, 'rules.mill'], { cwd });
  const told = why(first!.slice(0, 8));
  expect({ code: told.code, err: told.err }).toEqual({ code: 0, err: '' });
  expect(told.out).toContain(`hot, device m1: alert ${first}`);
  expect(told.out).toMatch(/08:00:10 {2}● raised, high[\s\S]*08:00:30 {2}○ cleared, high/);
  expect(why(second!).out).toContain('08:00:50  ● raised, high');
  const none = why(first!.startsWith('f') || second!.startsWith('f') ? '0123456789' : 'f');
  expect({ code: none.code, err: none.err }).toEqual({
    code: 2,
    err: expect.stringMatching(new RegExp(`^error\\[MR7320\\][\\s\\S]*looked in NATS ${NAME}`)),
  });
});

test('a stream that is not there, and a server that is away, are told', async () => {
  const settings = { servers: [url], requestTimeoutMs: 1_000 };
  const nothing = publishedAlerts(`${NAME}_none.{device}`, { settings, isWanted: () => true });
  await expect(nothing).rejects.toMatchObject({ code: 'MR5105' });
  const server = await ownServer();
  await server.stop();
  const away = publishedAlerts('alerts.{device}', {
    settings: { ...settings, servers: [server.url] },
    isWanted: () => true,
  });
  await expect(away).rejects.toMatchObject({ code: 'MR5101' });
});
