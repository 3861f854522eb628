import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { StreamConfig } from '@nats-io/jetstream';
import { describe, expect, test } from 'vitest';
import { createRandom, type Stored, stored } from '../connectors/nats/publishing.ts';
import { Operator, ownServer, pause, range } from '../connectors/nats/streams.ts';
import { root } from '../repository/tree.ts';
import { sharedNats } from '../services/servers.ts';
import { folderWith, jsonLines, millrace, startMillrace } from './millrace.ts';

const SEED = Number(process.env.SEED ?? 20_260_101);
const url = await sharedNats();

/** A folder whose commands reach the server, and an operator who looks at it. */
async function plant(
  files: Readonly<Record<string, string>>,
  stream: Partial<StreamConfig> & { readonly name: string },
  server = url,
): Promise<{ readonly cwd: string; readonly operator: Operator; readonly inStream: () => Promise<Stored[]> }> {
  const cwd = folderWith({ 'millrace.yaml': `nats: { servers: ["${server}"], reconnectMaxWait: 300ms }\n`, ...files });
  const operator = await Operator.connect(server);
  await operator.createStream(stream);
  return { cwd, operator, inStream: () => stored(operator, stream.name) };
}

function rulesOf(prefix: string, time = 'time at as iso'): string {
  return `
stream pump from nats "${prefix}.*.state" json {
  key pump: symbol = subject[2]
  temp: float degC in -40..200
  state: symbol
  code: symbol
  n: int
  ${time}
  lateness 5s
}
rule hot on pump {
  high     when temp > 85 degC for 10s
  critical when temp > 95 degC for 5s
  clear    when temp < 80 degC for 20s
  while    state == "running"
  message  "{pump} {code} is at {temp}"
}
rule often on pump { medium when count(temp, 30s) > 7 and avg(temp, 30s) > 82 degC  clear when count(temp, 30s) < 2 }
`;
}

const START_MS = Date.UTC(2025, 2, 10, 8);

type Reading = { readonly ms: number; readonly pump: string; readonly temp: number | null; readonly n: number };

/** Three pumps, a reading every five seconds with gaps and some disorder; the same in every run. */
function readings(count: number): Reading[] {
  const random = createRandom(SEED);
  return Array.from({ length: count }, (_, n) => {
    const ms = START_MS + Math.floor(n / 3) * 5_000 - random(4) * 1_000;
    const wave = 84 + 12 * Math.sin(n / 37) + random(100) / 25;
    return { ms, pump: `p${n % 3}`, temp: random(40) === 0 ? null : Number(wave.toFixed(2)), n };
  });
}

function csvOf(rows: readonly Reading[]): string {
  const lines = rows.map(
    ({ ms, pump, temp, n }) => `${new Date(ms).toISOString()},${pump},${temp ?? ''},running,0${n % 7},${n}`,
  );
  return ['at,pump,temp,state,code,n', ...lines, ''].join('\n');
}

function ndjsonOf(rows: readonly Reading[]): string {
  return rows
    .map(({ ms, n, ...rest }) => {
      const members = { at: new Date(ms).toISOString(), ...rest, state: 'running', code: `0${n % 7}`, n };
      return `${JSON.stringify(members)}\n`;
    })
    .join('');
}

describe('what is published', () => {
  test('CSV for a stream of rules: its fields have its types, and the rest stands in the message as it is', async () => {
    const { cwd, inStream } = await plant(
      {
        'plant.mill': rulesOf('pub_csv'),
        'readings.csv': [
          'at, pump ,temp,state,code,n,place,count',
          '2025-03-10T08:00:00Z,north,71.50,running,007,1,hall 1,12',
          '2025-03-10T08:00:05Z,south,,stopped,1,2,"a ""b""",',
          '',
        ].join('\n'),
      },
      { name: 'PUB_CSV', subjects: ['pub_csv.>'] },
    );
    const { code, out, err } = millrace(['publish', 'readings.csv', '--to', 'nats', '--rules', 'plant.mill'], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(
      /^readings\.csv → pub_csv\.\{pump\}\.state, stream PUB_CSV\n2 messages in PUB_CSV\n\d+\.\d\d s, \d+ messages\/s\n$/,
    );
    const messages = await inStream();
    expect(messages.map(({ subject }) => subject)).toEqual(['pub_csv.north.state', 'pub_csv.south.state']);
    expect(messages.map(({ text }) => JSON.parse(text))).toEqual([
      {
        ...{ at: '2025-03-10T08:00:00Z', pump: 'north', temp: 71.5, state: 'running', code: '007', n: 1 },
        ...{ place: 'hall 1', count: 12 },
      },
      {
        ...{ at: '2025-03-10T08:00:05Z', pump: 'south', temp: null, state: 'stopped', code: '1', n: 2 },
        ...{ place: 'a "b"', count: null },
      },
    ]);
  });

  test('without rules: the subject names columns, and types are those of the first rows', async () => {
    const rows = ['1700000000,m1,20.5,1,on', '1700000001,m2,21,2,off', '1700000002,m1,22.5,3,on'];
    const { cwd, inStream } = await plant({ 'readings.csv.gz': '' }, { name: 'PUB_BARE', subjects: ['pub_bare.>'] });
    writeFileSync(join(cwd, 'readings.csv.gz'), gzipSync(`ts,device,temp,step,mode\n${rows.join('\n')}\n`));
    const { code, out } = millrace(['publish', 'readings.csv.gz', '--to', 'nats:pub_bare.{mode}.{device}', '--json'], {
      cwd,
    });
    expect(code).toBe(0);
    expect(jsonLines(out)).toEqual([
      { type: 'published', messages: 3 },
      { type: 'summary', messages: 3, rejected: 0, stream: 'PUB_BARE', moved_us: 0 },
    ]);
    const messages = await inStream();
    expect(messages.map(({ subject }) => subject)).toEqual(['pub_bare.on.m1', 'pub_bare.off.m2', 'pub_bare.on.m1']);
    expect(messages[0]!.text).toBe('{"ts":1700000000,"device":"m1","temp":20.5,"step":1,"mode":"on"}');
  });

  test('objects of JSON are taken whole, and to the last digit', async () => {
    const lines = [
      '{"ts":1372896000123456789,"a":{"device":"m1"},"zero":-0,"big":12345678901234567890,"huge":1e999,"list":[1,{"x":null}]}',
      '[{"ts":1372896000123456790,"a":{"device":"m2"}},{"ts":1372896000123456791,"a":{"device":"m3"}}]',
    ];
    const rules = `stream motor from nats "pub_json.*" json { key device: symbol = $.a.device  zero: float  time ts as ns }`;
    const { cwd, inStream } = await plant({ 'plant.mill': rules }, { name: 'PUB_JSON', subjects: ['pub_json.>'] });
    const to = ['--to', 'nats:pub_json.{device}', '--rules', 'plant.mill'];
    const { code, err } = millrace(['publish', '-', ...to], { cwd, input: lines.join('\n') });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const messages = await inStream();
    expect(messages.map(({ subject }) => subject)).toEqual(['pub_json.m1', 'pub_json.m2', 'pub_json.m3']);
    expect(messages[0]!.text).toBe(lines[0]);
    expect(messages[2]!.text).toBe('{"ts":1372896000123456791,"a":{"device":"m3"}}');
  });

  test('whatever a value is, it is one part of a subject; it is told that it has another form there', async () => {
    const devices = ['hall 4.2', '*', '>', 'a.b', '%', 'Größe 😀', 'x'.repeat(60_000), '\u0007', '$JS'];
    const input = devices.map((device, n) => `${JSON.stringify({ device, n })}\n`).join('');
    const { cwd, inStream } = await plant({}, { name: 'PUB_ODD', subjects: ['pub_odd.>'] });
    const { code, err } = millrace(['publish', '-', '--to', 'nats:pub_odd.{device}.x'], { cwd, input });
    expect(code).toBe(0);
    expect(err.match(/warning\[MR5130\]/g)).toHaveLength(1);
    expect(err).toContain('device is "hall 4.2", and hall%204%2E2 in the subject');
    const messages = await inStream();
    expect(messages.map(({ text }) => JSON.parse(text).device)).toEqual(devices);
    for (const { subject } of messages) expect(subject).toMatch(/^pub_odd\.[^.]+\.x$/);
    expect(new Set(messages.map(({ subject }) => subject)).size).toBe(devices.length);
  });

  test('records that are none, have no subject or are too large are told with their line, and left out', async () => {
    const lines = [
      '{"device":"m1"}',
      'no JSON',
      ...['{"device":""}', '{"device":null}', '{}', '{"device":{"x":1}}', '{"device":[]}'],
      JSON.stringify({ device: 'm2', text: 'x'.repeat(2_000_000) }),
      '{"device":"m3"}',
      `{"device":"m4","deep":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      '{"device":"m5"}',
    ];
    const { cwd, inStream } = await plant(
      { 'odd.ndjson': lines.join('\n') },
      { name: 'PUB_BAD', subjects: ['pub_bad.>'] },
    );
    const { code, out, err } = millrace(['publish', 'odd.ndjson', '--to', 'nats:pub_bad.{device}'], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('rejected[MR4001] odd.ndjson: not JSON');
    expect(out).toContain('(line 2)');
    expect(out).toContain('rejected[MR5131] odd.ndjson: device, which is a part of the subject, is missing (line 3)');
    expect(out).toMatch(
      /rejected\[MR5125\] odd\.ndjson: 2,000,0\d\d bytes, where a message has at most \S+ \(line 8\)/,
    );
    expect(out).toMatch(/rejected\[MR4024\] odd\.ndjson: nested too deep \(line 10\)/);
    expect(out).toContain('rejected[MR5131] … further ones are only counted');
    expect(out).toContain('3 messages in PUB_BAD · 8 records left out');
    expect(out).toContain('5 rejected with MR5131: millrace explain MR5131');
    expect((await inStream()).map(({ subject }) => subject)).toEqual(['pub_bad.m1', 'pub_bad.m3', 'pub_bad.m5']);
  });

  test('the same file again is published again', async () => {
    const { cwd, inStream } = await plant(
      { 'a.ndjson': '{"d":"a"}\n{"d":"b"}\n' },
      { name: 'PUB_TWICE', subjects: ['pub_twice.*'] },
    );
    for (let times = 0; times < 2; times++) {
      expect(millrace(['publish', 'a.ndjson', '--to', 'nats:pub_twice.{d}'], { cwd }).code).toBe(0);
    }
    expect((await inStream()).map(({ text }) => text)).toEqual(['{"d":"a"}', '{"d":"b"}', '{"d":"a"}', '{"d":"b"}']);
  });
});

describe('live gives what the file gives', () => {
  const rows = readings(1_500);
  // One bad line of each kind: a run rejects them, wherever they come from.
  const csv = csvOf(rows).replace(
    '\n',
    '\n2025-03-10T07:59:00Z,p1,900,running,01,7\n2025-03-10T07:59:01Z,,80,running,01,7\n',
  );
  const ndjson = `{"at":"2025-03-10T07:59:00Z","pump":"p1","temp":900,"state":"running"}\n${ndjsonOf(rows)}`;

  test.each([
    ['CSV', 'readings.csv', csv],
    ['NDJSON', 'readings.ndjson', ndjson],
  ])('%s: the alerts of a run over what was published are those of a run over the file', async (name, file, text) => {
    const prefix = `pub_same_${name.toLowerCase()}`;
    const { cwd } = await plant(
      { 'plant.mill': rulesOf(prefix), [file]: text },
      { name: prefix.toUpperCase(), subjects: [`${prefix}.>`] },
    );
    const published = millrace(['publish', file, '--to', 'nats', '--rules', 'plant.mill', '--json'], { cwd });
    expect(published.code).toBe(0);
    const ofFile = millrace(['run', 'plant.mill', '--source', `pump=${file}`, '--json'], { cwd });
    const live = millrace(['run', 'plant.mill', '--once', '--json'], { cwd });
    expect({ code: live.code, err: live.err }).toEqual({ code: 0, err: '' });
    expect(alertsIn(ofFile.out).length).toBeGreaterThan(20);
    expect(alertsIn(live.out)).toEqual(alertsIn(ofFile.out));
    expect(jsonLines(live.out).filter(({ type }) => type === 'rejected')).toHaveLength(1);
  });

  test('Parquet: the rows of windows are the same', async () => {
    const rules = `
stream motor from nats "pub_parquet.*" json { key device: symbol = subject[2]  temp: float  count: int  running: bool  time ts as s }
stream motor_1m = from motor window tumbling 1m select avg(temp) as temp_avg, max(count) as count, last(running) as running`;
    const { cwd } = await plant({ 'plant.mill': rules }, { name: 'PUB_PARQUET', subjects: ['pub_parquet.*'] });
    const file = join(root, 'test/connectors/fixtures/motor.parquet');
    const published = millrace(['publish', file, '--to', 'nats', '--rules', 'plant.mill', '--json'], { cwd });
    expect(jsonLines(published.out).at(-1)).toMatchObject({ messages: 250, rejected: 0 });
    const run = (...options: string[]) => {
      const { out } = millrace(['run', 'plant.mill', '--json', '--print', 'motor_1m', ...options], { cwd });
      return jsonLines(out)
        .filter(({ type }) => type === 'row')
        .map(row => JSON.stringify(row));
    };
    const ofFile = run('--source', `motor=${file}`);
    const live = run('--once');
    expect(live.length).toBeGreaterThan(20);
    expect(live.sort()).toEqual(ofFile.sort());
  });
});

/** In one order: keys have none between them. */
function alertsIn(out: string): string[] {
  return jsonLines(out)
    .filter(({ type }) => type === 'alert')
    .map(alert => JSON.stringify(alert))
    .sort();
}

describe('times and pace', () => {
  test.each([
    [
      'iso',
      'at as iso',
      (ms: number) => `"${new Date(ms).toISOString()}"`,
      (at: unknown) => Date.parse(String(at)) * 1000,
    ],
    ['s', 'at as s', (ms: number) => `${ms / 1000}`, (at: unknown) => Math.round(Number(at) * 1e6)],
    ['ms', 'at as ms', (ms: number) => `${ms}`, (at: unknown) => Number(at) * 1000],
    ['ns', 'at as ns', (ms: number) => `${ms}000000`, (at: unknown) => Number(at) / 1000],
  ])('--now moves times in %s by whole minutes, and the newest is of now', async (format, time, written, read) => {
    const prefix = `pub_now_${format}`;
    const rows = readings(300).sort((a, b) => a.ms - b.ms);
    const lines = rows.map(({ ms, pump }) => `{"at":${written(ms)},"pump":"${pump}"}\n`);
    const { cwd, inStream } = await plant(
      { 'plant.mill': rulesOf(prefix, `time ${time}`), 'a.ndjson': lines.join('') },
      { name: prefix.toUpperCase(), subjects: [`${prefix}.>`] },
    );
    const before = Date.now() * 1000;
    const { out } = millrace(['publish', 'a.ndjson', '--to', 'nats', '--rules', 'plant.mill', '--now', '--json'], {
      cwd,
    });
    const { moved_us: movedUs } = jsonLines(out).at(-1) as { moved_us: number };
    const times = (await inStream()).map(({ text }) => read(JSON.parse(text).at));
    expect(movedUs % 60e6).toBe(0);
    expect(times).toEqual(rows.map(({ ms }) => ms * 1000 + movedUs));
    expect(times.at(-1)).toBeGreaterThan(before - 60e6 - 1);
    expect(times.at(-1)).toBeLessThanOrEqual(Date.now() * 1000);
  });

  test('at 1x the first record is of now, and Ctrl-C ends it with what was acknowledged', async () => {
    const text = csvOf([0, 1, 3_600_000, 3_600_001].map((ms, n) => ({ ms: START_MS + ms, pump: 'p1', temp: 70, n })));
    const { cwd, inStream, operator } = await plant(
      { 'plant.mill': rulesOf('pub_pace'), 'readings.csv': text },
      { name: 'PUB_PACE', subjects: ['pub_pace.>'] },
    );
    const options = ['--rules', 'plant.mill', '--speed', '1x', '--now', '--json'];
    const child = startMillrace(['publish', 'readings.csv', '--to', 'nats', ...options], { cwd });
    const [out, exit] = [outputOf(child), exitOf(child)];
    await messagesIn(operator, 'PUB_PACE', 2);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    const messages = await inStream();
    expect(messages).toHaveLength(2); // the others are due in an hour
    expect(jsonLines(out()).at(-1)).toMatchObject({ type: 'summary', messages: 2, rejected: 0 });
    const first = Date.parse(JSON.parse(messages[0]!.text).at);
    expect(Date.now() - first).toBeLessThan(300_000);
    expect(Date.now() - first).toBeGreaterThanOrEqual(0);
  });
});

describe('a server that goes away', () => {
  test('is waited for: no record is lost, none doubled, in their order', { timeout: 120_000 }, async () => {
    const server = await ownServer();
    // Shorter than any restart: the server itself recognises nothing that is sent again.
    const count = 60_000;
    const lines = range(1, count).map(n => `{"n":${n},"device":"m${n % 5}"}\n`);
    const { cwd, inStream } = await plant(
      { 'many.ndjson': lines.join('') },
      { name: 'PLANT', subjects: ['plant.>'], duplicate_window: 100e6 },
      server.url,
    );
    const child = startMillrace(['publish', 'many.ndjson', '--to', 'nats:plant.{device}', '--json'], { cwd });
    const [out, err, exit] = [outputOf(child), outputOf(child, 'stderr'), exitOf(child)];
    for (const enough of [3_000, 20_000, 40_000]) {
      await expect.poll(() => acknowledged(out()), { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(enough);
      await server.kill();
      expect(acknowledged(out())).toBeLessThan(count);
      await pause(300);
      await server.restart();
    }
    expect(await exit).toBe(0);
    expect(jsonLines(out()).at(-1)).toMatchObject({ type: 'summary', messages: count, rejected: 0 });
    expect((await inStream()).map(({ text }) => JSON.parse(text).n)).toEqual(range(1, count));
    expect(err()).toContain('warning[MR5101]');
  });

  test.each(['killed', 'silent'])('Ctrl-C ends the wait for one that is %s, with what was acknowledged', async how => {
    const server = await ownServer();
    const lines = range(1, 400_000).map(n => `{"n":${n},"device":"m"}\n`);
    const { cwd } = await plant(
      { 'many.ndjson': lines.join('') },
      { name: 'PLANT', subjects: ['plant.>'] },
      server.url,
    );
    const child = startMillrace(['publish', 'many.ndjson', '--to', 'nats:plant.{device}', '--json'], { cwd });
    const [out, err, exit] = [outputOf(child), outputOf(child, 'stderr'), exitOf(child)];
    await expect.poll(() => acknowledged(out()), { timeout: 20_000, interval: 5 }).toBeGreaterThanOrEqual(1_000);
    if (how === 'killed') {
      await server.kill();
      await expect.poll(err, { timeout: 10_000 }).toContain('is lost');
    } else {
      process.kill(server.pid, 'SIGSTOP');
    }
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    const { messages } = jsonLines(out()).at(-1) as { messages: number };
    if (how === 'killed') await server.restart();
    else process.kill(server.pid, 'SIGCONT');
    const { state } = await (await Operator.connect(server.url)).manager.streams.info('PLANT');
    expect(messages).toBeGreaterThanOrEqual(1_000);
    expect(state.messages).toBeGreaterThanOrEqual(messages);
    expect(state.messages - messages).toBeLessThanOrEqual(256); // what was on its way
  });
});

describe('what cannot be published', () => {
  const FILES = {
    'plant.mill': rulesOf('pub_wrong'),
    'two.mill': `${rulesOf('pub_wrong')}\nstream fan from nats "pub_fan.*.*.x" json { key fan: symbol = subject[3]  time at as iso }\n`,
    'file.mill': 'stream pump from file "readings.csv" { key pump: symbol  temp: float  time at as iso }',
    'packed.mill': 'stream pump from nats "pub_wrong.*" msgpack { key pump: symbol = subject[2]  time at as iso }',
    'broken.mill': 'stream pump fro file',
    'readings.csv': csvOf(readings(3)),
    'no-time.csv': 'device,temp\nm1,20\n',
    'millrace.yaml': `nats: { servers: ["${url}"] }\n`,
  };

  test.each([
    [['readings.csv'], 2, "required option '--to <where>'"],
    [['readings.csv', '--to', 'nats', '--speed', 'fast'], 2, 'It is 1x, 60x'],
    [['readings.csv', '--to', 'mqtt:x'], 2, 'error[MR7030]: nothing is published to mqtt:x'],
    [['readings.csv', '--to', 'nats'], 2, '--rules plant.mill'],
    [['readings.csv', '--to', 'nats:a.{pump}', '--as', 'pump'], 2, 'error[MR7030]: `--as pump`'],
    [['readings.csv', '--to', 'nats', '--rules', 'broken.mill'], 1, 'error[MR1'],
    [['readings.csv', '--to', 'nats', '--rules', 'two.mill'], 2, 'several streams: pump, fan'],
    [['readings.csv', '--to', 'nats', '--rules', 'two.mill', '--as', 'pmp'], 2, 'the streams are pump, fan'],
    [['readings.csv', '--to', 'nats', '--rules', 'two.mill', '--as', 'fan'], 2, '--to "nats:pub_fan.a.{fan}.x"'],
    [['readings.csv', '--to', 'nats', '--rules', 'file.mill'], 2, 'no stream of the rules is read from nats'],
    [['readings.csv', '--to', 'nats:pub_wrong.{pump}.stat', '--rules', 'plant.mill'], 2, 'is not what pump reads'],
    [['readings.csv', '--to', 'nats', '--rules', 'packed.mill'], 2, 'pump reads msgpack'],
    [['readings.csv', '--to', 'nats:{pump}.x'], 3, 'error[MR5120]'],
    [['readings.csv', '--to', 'nats:pub_wrong.{pmp}'], 3, 'did you mean "pump" for "pmp"'],
    [['no-time.csv', '--to', 'nats', '--rules', 'plant.mill'], 3, 'error[MR5005]'],
    [['no-time.csv', '--to', 'nats:pub_wrong.{device}', '--now'], 2, 'error[MR7031]: --now needs a time'],
    [['-', '--to', 'nats:pub_wrong.{device}', '--speed', '2x'], 2, 'error[MR7031]: --speed 2x needs a time'],
    [['-', '--to', 'nats', '--rules', 'plant.mill', '--now'], 2, 'standard input is read once'],
    [['missing.csv', '--to', 'nats', '--rules', 'plant.mill'], 3, 'error[MR5001]'],
    [['readings.csv', '--to', 'nats', '--rules', 'plant.mill'], 3, '`millrace setup FILE --apply`'],
  ])('%j says what to do', (commandLine, code, text) => {
    const cwd = folderWith(FILES);
    const result = millrace(['publish', ...commandLine], { cwd });
    expect(result.err).toContain(text);
    expect({ code: result.code, out: result.out }).toEqual({ code, out: '' });
  });

  test('a server that is not there', () => {
    const cwd = folderWith({ ...FILES, 'millrace.yaml': 'nats: { servers: ["nats://127.0.0.1:1"] }' });
    const { code, err } = millrace(['publish', 'readings.csv', '--to', 'nats', '--rules', 'plant.mill'], { cwd });
    expect(code).toBe(3);
    expect(err).toContain('error[MR5101]');
    expect(err).toContain('`millrace services up` starts one');
  });
});

test('a stream that is full is waited for, and told once', async () => {
  const lines = range(1, 250).map(n => `{"n":${n},"device":"m${n % 3}"}\n`);
  const full = { max_msgs: 100, discard: 'new' } as const;
  const { cwd, operator, inStream } = await plant(
    { 'many.ndjson': lines.join('') },
    { name: 'PUB_FULL', subjects: ['pub_full.>'], ...full },
  );
  const child = startMillrace(['publish', 'many.ndjson', '--to', 'nats:pub_full.{device}', '--json'], { cwd });
  const [out, err, exit] = [outputOf(child), outputOf(child, 'stderr'), exitOf(child)];
  await expect.poll(err, { timeout: 20_000 }).toContain('warning[MR5124]');
  const before = (await inStream()).map(({ text }) => JSON.parse(text).n);
  await operator.manager.streams.update('PUB_FULL', { max_msgs: 1_000 });
  expect(await exit).toBe(0);
  expect(jsonLines(out()).at(-1)).toMatchObject({ type: 'summary', messages: 250 });
  const numbers = (await inStream()).map(({ text }) => JSON.parse(text).n);
  expect(before).toHaveLength(100);
  expect([...numbers].sort((a, b) => a - b)).toEqual(range(1, 250));
  for (const device of [0, 1, 2]) {
    const ofDevice = numbers.filter(n => n % 3 === device);
    expect(ofDevice).toEqual([...ofDevice].sort((a, b) => a - b));
  }
  expect(err().match(/warning\[/g)).toHaveLength(1);
});

test('a stream that goes away ends it, and says what was acknowledged', async () => {
  const lines = range(1, 400_000).map(n => `{"n":${n},"device":"m"}\n`);
  const { cwd, operator } = await plant(
    { 'many.ndjson': lines.join('') },
    { name: 'PUB_GONE', subjects: ['pub_gone.>'] },
  );
  const child = startMillrace(['publish', 'many.ndjson', '--to', 'nats:pub_gone.{device}', '--json'], { cwd });
  const [out, err, exit] = [outputOf(child), outputOf(child, 'stderr'), exitOf(child)];
  await messagesIn(operator, 'PUB_GONE', 1_000);
  await operator.manager.streams.delete('PUB_GONE');
  expect(await exit).toBe(3);
  expect(err()).toContain('error[MR5121]');
  expect(jsonLines(out()).at(-1)).toMatchObject({ type: 'summary', stream: 'PUB_GONE' });
});

async function messagesIn(operator: Operator, stream: string, count: number): Promise<void> {
  const messages = async () => (await operator.manager.streams.info(stream)).state.messages;
  await expect.poll(messages, { timeout: 20_000, interval: 10 }).toBeGreaterThanOrEqual(count);
}

/** How many messages it has said are stored. */
function acknowledged(out: string): number {
  return Number(out.slice(0, out.lastIndexOf('}')).match(/.*"messages":(\d+)/s)?.[1] ?? 0);
}

/** What it has written so far. */
function outputOf(child: ChildProcess, stream: 'stdout' | 'stderr' = 'stdout'): () => string {
  let text = '';
  child[stream]!.on('data', chunk => (text += chunk));
  return () => text;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => child.on('close', resolve));
}
