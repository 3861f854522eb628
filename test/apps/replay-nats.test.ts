import { expect, test, vi } from 'vitest';
import { stored } from '../connectors/nats/publishing.ts';
import { Operator } from '../connectors/nats/streams.ts';
import { sharedNats } from '../services/servers.ts';
import { folderWith, jsonLines, millraceWith } from './millrace.ts';

vi.setConfig({ testTimeout: 240_000 });

const url = await sharedNats();

/** Streams and subjects of the server are shared. */
function names(test: string): { readonly name: string; readonly rules: string } {
  const name = `replayed_${test}_${process.pid}_${Date.now()}`;
  return {
    name,
    rules: `stream pump from file "readings.csv" { key pump: symbol  temp: float degC  time at as iso }
rule hot on pump { high when temp > 85 degC  critical when temp > 95 degC  clear when temp < 80 degC }
route alerts where severity >= high to nats "${name}.{pump}.{severity}"
`,
  };
}

const READINGS = [70, 86, 97, 75, 70, 99, 60]
  .flatMap((temp, i) => ['p1', 'p2'].map(pump => `2025-03-10T08:00:${i}0Z,${pump},${temp}`))
  .join('\n');

function project(rules: string): (...words: readonly string[]) => ReturnType<typeof millraceWith> {
  const cwd = folderWith({ 'rules.mill': rules, 'readings.csv': `at,pump,temp\n${READINGS}\n` });
  return (...words) => millraceWith({ nats: url, questDb: '' }, words, { cwd });
}

const REPLAY = ['replay', 'rules.mill', '--store', 'none', '--into', 'alerts'] as const;

test('into alerts: to subjects of history, marked as such, once however often it is done', async () => {
  const { name, rules } = names('kept');
  const operator = await Operator.connect(url);
  await operator.createStream({ name, subjects: [`${name}.>`] });
  await operator.createStream({ name: `${name}_history`, subjects: [`history.${name}.>`] });
  const command = project(rules);
  const live = command('run', 'rules.mill', '--json');
  expect({ code: live.code, err: live.err }).toEqual({ code: 0, err: '' });
  const published = await stored(operator, name);
  expect(published.length).toBeGreaterThanOrEqual(10);

  const { code, out, err } = command(...REPLAY, '--workers', '2');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain(`written to nats history.${name}.{pump}.{severity}\n`);
  const historical = await stored(operator, `${name}_history`);
  expect(historical.map(({ subject }) => subject).sort()).toEqual(
    published.map(({ subject }) => `history.${subject}`).sort(),
  );
  const events = historical.map(({ text }) => JSON.parse(text));
  for (const event of events) expect(event).toMatchObject({ historical: true, data: { historical: true } });
  expect(published.filter(({ text }) => text.includes('historical'))).toEqual([]);
  const bare = (data: object) => JSON.stringify({ ...data, historical: undefined, provenance: undefined });
  expect(events.map(({ data }) => bare(data)).sort()).toEqual(
    published.map(({ text }) => bare(JSON.parse(text).data)).sort(),
  );

  expect(command(...REPLAY).code).toBe(0);
  expect(await stored(operator, `${name}_history`)).toEqual(historical); // the same ids within the stream's window
  expect(await stored(operator, name)).toEqual(published);
});

test('where no stream takes them it says which is missing, and publishes nothing among the live ones', async () => {
  const { name, rules } = names('refused');
  const operator = await Operator.connect(url);
  await operator.createStream({ name, subjects: [`${name}.>`] });
  const { code, out, err } = project(rules)(...REPLAY);
  expect(code).not.toBe(0);
  expect(err).toContain(`error[MR5121]: no JetStream stream keeps what is published to history.${name}`);
  expect(err).toContain('nats stream add NAME --subjects="history.>"');
  expect(jsonLines(out)).toEqual([]);
  expect(await stored(operator, name)).toEqual([]);
});
