import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { folderWith, jsonLines, millrace, startMillrace } from './millrace.ts';

const RULES = `
stream pump from file "readings.csv" {
  key pump: symbol
  temp: float degC in -40..200
  time at as iso
}
stream pump_1m = from pump window tumbling 1m select avg(temp) as temp_avg, count() as n
rule hot on pump {
  high when temp > 85 degC for 20s
  clear when temp < 80 degC
  message "{pump} is at {temp}"
}
`;

/** One reading of pump p1 every 10 s from 08:00:00 on. */
function csv(temperatures: readonly (number | string)[]): string {
  const lines = temperatures.map((temp, index) => `${timeOf(index)},p1,${temp}`);
  return ['at,pump,temp', ...lines, ''].join('\n');
}

function timeOf(index: number): string {
  return new Date(Date.UTC(2025, 2, 10, 8, 0, index * 10)).toISOString();
}

const READINGS = csv([70, 90, 91, 92, 93, 75, 70, 70]);

describe('run --json', () => {
  test('one object a line: alerts, rows that were asked for, the summary last', () => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS });
    const { code, out, err } = millrace(['run', 'pumps.mill', '--json', '--print', 'pump_1m'], { cwd: folder });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = jsonLines(out);
    const alerts = lines.filter(line => line.type === 'alert');
    // Due at the fourth reading's time, before that reading: the value is the third one's.
    expect(alerts).toMatchObject([
      {
        rule: 'hot',
        key: { pump: 'p1' },
        level: 'high',
        change: 'raised',
        time: timeOf(3),
        message: 'p1 is at 91 degC',
        values: { temp: 91 },
      },
      { rule: 'hot', key: { pump: 'p1' }, level: 'high', change: 'cleared', time: timeOf(5) },
    ]);
    expect(alerts[0]!.id).toBe(alerts[1]!.id);
    expect(lines.filter(line => line.type === 'row')).toMatchObject([
      {
        stream: 'pump_1m',
        time: timeOf(0),
        key: { pump: 'p1' },
        values: { temp_avg: (70 + 90 + 91 + 92 + 93 + 75) / 6, n: 6 },
      },
    ]);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', events: 8, alerts: 2, late: 0, rejected: 0 });
  });

  test('rows nobody asked for are not shown', () => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS });
    const types = jsonLines(millrace(['run', 'pumps.mill', '--json'], { cwd: folder }).out).map(line => line.type);
    expect(types).toEqual(['alert', 'alert', 'summary']);
  });

  test('a CSV file of rows has their key', () => {
    const folder = folderWith({
      'pumps.mill': `${RULES} stream warm = from pump select temp  route warm to file "warm.csv"`,
      'readings.csv': csv([70, 71]),
    });
    millrace(['run', 'pumps.mill'], { cwd: folder });
    const rows = [`${timeOf(0)},p1,70`, `${timeOf(1)},p1,71`];
    expect(readFileSync(join(folder, 'warm.csv'), 'utf8')).toBe(`time,pump,temp\n${rows.join('\n')}\n`);
  });

  test.each([
    ['route pump_1m to log', 1],
    ['route pump_1m where n > 5 to log', 1],
    ['route pump_1m where n > 6 to log', 0],
  ])('`%s` shows %i rows', (route, count) => {
    const folder = folderWith({ 'pumps.mill': `${RULES} ${route}`, 'readings.csv': READINGS });
    const types = jsonLines(millrace(['run', 'pumps.mill', '--json'], { cwd: folder }).out).map(line => line.type);
    expect(types.filter(type => type === 'row')).toHaveLength(count);
  });

  test('what the schema refuses is shown with its reason and counted, and the exit code is 0', () => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': csv([70, 900, 'warm', 71]) });
    const { code, out } = millrace(['run', 'pumps.mill', '--json'], { cwd: folder });
    const lines = jsonLines(out);
    expect(code).toBe(0);
    expect(lines.filter(line => line.type === 'rejected')).toHaveLength(2);
    expect(lines.at(-1)).toMatchObject({ rejected: 2 });
  });
});

describe('run --source', () => {
  test('a file relative to the working directory; paths in a rule file are relative to that file', () => {
    const rules = folderWith({ 'pumps.mill': RULES, 'readings.csv': csv([70]) });
    const work = folderWith({ 'other.csv': READINGS });
    const eventsOf = (options: string[]) =>
      jsonLines(millrace(['run', `${rules}/pumps.mill`, '--json', ...options], { cwd: work }).out).at(-1)!.events;
    expect(eventsOf([])).toBe(1);
    expect(eventsOf(['--source', 'pump=other.csv'])).toBe(8);
  });

  test('`-` is NDJSON on standard input', () => {
    const folder = folderWith({ 'pumps.mill': RULES });
    const input = [70, 90, 91, 92]
      .map((temp, index) => `{"at":"${timeOf(index)}","pump":"p1","temp":${temp}}\n`)
      .join('');
    const { code, out } = millrace(['run', 'pumps.mill', '--source', 'pump=-', '--json'], { cwd: folder, input });
    expect(code).toBe(0);
    expect(jsonLines(out)).toMatchObject([
      { type: 'alert', change: 'raised' },
      { type: 'summary', events: 4 },
    ]);
  });

  test.each([
    [['--source', 'pump'], 'MR7002', 'is not NAME=ADDRESS'],
    [['--source', 'pmup=x.csv'], 'MR7002', 'no such stream is declared'],
    [['--print', 'pump_2m'], 'MR7003', 'pump_1m'],
  ])('%j is a mistake of usage', (options, code, text) => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS });
    const result = millrace(['run', 'pumps.mill', ...options], { cwd: folder });
    expect(result.code).toBe(2);
    expect(result.err).toContain(`error[${code}]`);
    expect(result.err).toContain(text);
  });
});

describe('run for people', () => {
  test('plain lines in a pipe: the alert, its message, the summary', () => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS });
    const { out } = millrace(['run', 'pumps.mill', '--sparkline'], { cwd: folder });
    expect(out).not.toContain('\x1b');
    expect(out).toMatch(/^2025-03-10 08:00:30 {2}● high .* raised .* hot {2}p1 {2}p1 is at 91 degC {2}[▁-█]+$/m);
    expect(out).toContain('8 events');
    expect(out).toContain('raised 1 high');
  });

  test.each([
    ['a computed value', 'rule r on pump { high when avg(temp, 20s) > 60 degC }'],
    ['a value of no field', 'rule r on pump { high when count(1m) > 2 }'],
    [
      'a derived stream',
      'stream d = from pump window tumbling 10s select max(temp) as hottest\nrule r on d { high when avg(hottest, 1m) > 60 degC }',
    ],
  ])('a sparkline of %s', (_, rule) => {
    const folder = folderWith({ 'pumps.mill': `${RULES}\n${rule}`, 'readings.csv': READINGS });
    const { out } = millrace(['run', 'pumps.mill', '--sparkline'], { cwd: folder });
    expect(out).toMatch(/^.* raised +r .* [▁-█]+$/m);
  });

  test('text from the data cannot steer the terminal', () => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS.replaceAll('p1', 'p\x1b[2J') });
    expect(millrace(['run', 'pumps.mill', '--print', 'pump'], { cwd: folder }).out).not.toContain('\x1b');
  });

  test('FORCE_COLOR colours, NO_COLOR wins', () => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS });
    const outWith = (env: Record<string, string>) => millrace(['run', 'pumps.mill'], { cwd: folder, env }).out;
    expect(outWith({ FORCE_COLOR: '1' })).toContain('\x1b[');
    expect(outWith({ FORCE_COLOR: '1', NO_COLOR: '1' })).not.toContain('\x1b[');
  });
});

describe('run and the world', () => {
  test('a data file that is missing is a run-time error that says what to change', () => {
    const folder = folderWith({ 'pumps.mill': RULES });
    const { code, err } = millrace(['run', 'pumps.mill'], { cwd: folder });
    expect(code).toBe(3);
    expect(err).toMatch(/^error\[MR5\d{3}\]: .*readings\.csv/);
    expect(err).toContain('= more: millrace explain MR5');
    expect(err).not.toMatch(/^\s+at /m);
  });

  test('several files are one program', () => {
    const [streams, rule] = [RULES.slice(0, RULES.indexOf('rule hot')), RULES.slice(RULES.indexOf('rule hot'))];
    const folder = folderWith({ 'a.mill': streams, 'b.mill': rule, 'readings.csv': READINGS });
    expect(jsonLines(millrace(['run', 'a.mill', 'b.mill', '--json'], { cwd: folder }).out)).toHaveLength(3);
  });

  test('what this version cannot run is refused; `check` only warns', () => {
    const folder = folderWith({ 'pumps.mill': `${RULES} route alerts to webhook "oncall"`, 'readings.csv': READINGS });
    const run = millrace(['run', 'pumps.mill'], { cwd: folder });
    expect(run.code).toBe(1);
    expect(run.err).toMatch(/error\[MR8\d{3}\]/);
    const check = millrace(['check', 'pumps.mill'], { cwd: folder });
    expect(check.code).toBe(0);
    expect(check.err).toMatch(/warning\[MR8\d{3}\]/);
  });

  test('a store has to be named, or left out', () => {
    const folder = folderWith({ 'pumps.mill': `${RULES} store pump keep 30d`, 'readings.csv': READINGS });
    expect(millrace(['run', 'pumps.mill'], { cwd: folder }).code).toBe(1);
    expect(millrace(['run', 'pumps.mill', '--store', 'none'], { cwd: folder }).code).toBe(0);
  });

  test('a reader that goes away ends the run quietly', async () => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': csv(new Array(20_000).fill(70)) });
    const child = startMillrace(['run', 'pumps.mill', '--print', 'pump'], { cwd: folder });
    let err = '';
    child.stderr!.on('data', text => (err += text));
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect(await exitOf(child)).toBe(0);
    expect(err).toBe('');
  });
});

test('a reader that is slow holds the run up, so that nothing piles up, and gets every line', async () => {
  const folder = folderWith({ 'pumps.mill': RULES });
  const child = startMillrace(['run', 'pumps.mill', '--source', 'pump=-', '--print', 'pump', '--json'], {
    cwd: folder,
  });
  const chunks = Array.from({ length: 200 }, (_, chunk) =>
    Array.from({ length: 1_000 }, (_, i) => `{"at":"${timeOf(chunk * 1_000 + i)}","pump":"p1","temp":70}\n`).join(''),
  );
  let taken = 0;
  const writeNext = (): void => {
    if (taken === chunks.length) {
      child.stdin!.end();
      return;
    }
    child.stdin!.write(chunks[taken], () => {
      taken++;
      writeNext(); // one by one: what is written together is taken together
    });
  };
  writeNext();
  for (let before = -1; before < taken; await delay(3_000)) before = taken; // until it takes no more
  expect(taken).toBeLessThan(chunks.length);
  let lines = 0;
  child.stdout!.on('data', (text: Buffer) => {
    for (const byte of text) if (byte === 0x0a) lines++;
  });
  expect(await exitOf(child)).toBe(0);
  expect(lines).toBe(200_000 + 1); // the summary
});

describe('run --state', () => {
  test.each(['--state', 'millrace.yaml'])('by %s, the next run goes on where this one ended', how => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': csv([70, 90]) });
    if (how === 'millrace.yaml') appendFileSync(`${folder}/millrace.yaml`, 'state: kept\n');
    const options = how === '--state' ? ['--state', 'kept'] : [];
    const run = () => jsonLines(millrace(['run', 'pumps.mill', '--json', ...options], { cwd: folder }).out);
    expect(run()).toMatchObject([{ type: 'summary', events: 2 }]);
    appendFileSync(`${folder}/readings.csv`, csv([70, 90, 91, 92]).split('\n').slice(3).join('\n'));
    expect(run()).toMatchObject([{ type: 'alert', change: 'raised', time: timeOf(3) }, { type: 'summary' }]);
  });

  test('a wrong settings file is named', () => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS, 'millrace.yaml': 'stat: kept\n' });
    const { code, err } = millrace(['run', 'pumps.mill'], { cwd: folder });
    expect(code).toBe(2);
    expect(err).toContain('error[MR7004]: stat is not a setting\n --> millrace.yaml:1:1\n');
    expect(err).toContain('did you mean `state`?');
  });
});

describe('run --workers', () => {
  const rules = `${RULES}
stream all_1m = from pump by global window tumbling 1m select max(temp) as hottest, count() as n
rule many on pump_1m { low when n > 2 }
`;
  const readings = manyPumps(40);

  test('any number of workers gives the same lines', () => {
    const folder = folderWith({ 'pumps.mill': rules, 'readings.csv': readings });
    const run = (...options: string[]) =>
      millrace(['run', 'pumps.mill', '--json', '--print', 'pump_1m', '--print', 'all_1m', ...options], { cwd: folder });
    const alone = run('--workers', '0');
    expect(jsonLines(alone.out).at(-1)).toMatchObject({ events: 40 * 30, rejected: 0 });
    expect(jsonLines(alone.out).length).toBeGreaterThan(200);
    for (const workers of ['1', '2', 'auto']) expect(run('--workers', workers)).toEqual(alone);
  });

  test('a worker that dies ends the run with 4, as a fault of ours', () => {
    const folder = folderWith({ 'pumps.mill': rules, 'readings.csv': readings });
    const dying = "import{isMainThread}from'node:worker_threads';if(!isMainThread)setTimeout(()=>process.exit(7),200)";
    const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(dying)}` };
    const { code, err } = millrace(['run', 'pumps.mill', '--follow', '--workers', '2'], { cwd: folder, env });
    expect(err).toMatch(/^error\[MR6020\]: worker \d died: it ended with code 7\n/);
    expect(code).toBe(4);
  });

  test.each([
    [['--workers', '17'], 'from 0 to 16, or auto'],
    [['--workers', 'two'], 'from 0 to 16, or auto'],
    [['--checkpoint-every', '5'], 'a duration'],
    [['--once', '--follow'], 'cannot be used'],
    [['--store', 'influx'], 'error[MR7002]: influx is no store'],
  ])('%j is a mistake of usage', (options, text) => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS });
    const { code, err } = millrace(['run', 'pumps.mill', ...options], { cwd: folder });
    expect(err).toContain(text);
    expect(code).toBe(2);
  });
});

describe('run with settings', () => {
  test.each([
    ['workers: 17', 'workers is not a number of workers from 0 to 16, or auto'],
    ['workers: many', 'workers is not a number of workers'],
    ['keys: 0', 'keys is not a number of keys'],
    ['checkpoint: 5s', 'checkpoint holds no settings'],
    ['checkpoint: { every: 5 }', 'checkpoint.every is not a duration'],
    ['memory: { total: much }', 'memory.total is not a size'],
    ['memory: { all: 2GB }', 'memory.all is not a setting'],
    ['state: [kept]', 'state is not a folder'],
    ['- state', 'it holds no settings'],
    ['nats: { server: x }', 'nats.server is not a setting'],
    ['nats: { servers: [] }', 'nats.servers is not an address or a list of them'],
    ['nats: { user: me }', 'of nats.user and nats.password one is missing'],
    ['nats: { token: a, nkey: b }', 'nats has token and nkey to log in with'],
    ['nats: { tls: { file: x } }', 'nats.tls.file is not a setting'],
    ['nats: { tickEvery: 5 }', 'nats.tickEvery is not a duration'],
    ['questdb: { url: [a] }', 'questdb.url is not an address'],
    ['questdb: { tls: yes }', 'questdb.tls holds no settings'],
  ])('`%s` is told', (settings, text) => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS, 'millrace.yaml': `${settings}\n` });
    const { code, err } = millrace(['run', 'pumps.mill'], { cwd: folder });
    expect(err).toContain(`error[MR7004]: ${text}`);
    expect(code).toBe(2);
  });

  test('`keys`: events of further keys are rejected, those of known ones go on', () => {
    const files = { 'pumps.mill': RULES, 'readings.csv': manyPumps(40), 'millrace.yaml': 'keys: 16\n' };
    const { code, out } = millrace(['run', 'pumps.mill'], { cwd: folderWith(files) });
    expect(code).toBe(0);
    expect(out).toContain('rejected[MR4021] pump: pump may have 16 keys, and this would be one more');
    expect(out).toMatch(/^[\d,]+ rejected with MR4021: millrace explain MR4021$/m);
    const [, events, rejected] = /^(\d+) events .* (\d+) rejected$/m.exec(out.replaceAll(',', ''))!;
    expect(Number(events) + Number(rejected)).toBe(40 * 30);
    expect(Number(events) / 30).toBeLessThanOrEqual(16);
    expect(Number(events) / 30).toBeGreaterThan(8);
  });

  test('`memory`: a rule over its budget is paused with a warning, and the run goes on', () => {
    const rules = `${RULES} rule averaged on pump { low when avg(temp, 1h) > 10 degC }`;
    const files = { 'pumps.mill': rules, 'readings.csv': manyPumps(400), 'millrace.yaml': 'memory: { rule: 150KB }\n' };
    const { code, out, err } = millrace(['run', 'pumps.mill', '--json'], { cwd: folderWith(files) });
    expect({ code, err }).toMatchObject({
      code: 0,
      err: expect.stringContaining('warning[MR6010]: rule averaged is paused'),
    });
    expect(err).not.toContain('rule hot');
    expect(jsonLines(out).at(-1)).toMatchObject({ type: 'summary', events: 400 * 30 });
  });

  test('keys that are forgotten are told', () => {
    const rules = RULES.replace('time at as iso', 'time at as iso  expire 1m');
    const pumps = [...['p1', 'p2'].map(pump => `${timeOf(0)},${pump},70`), `${timeOf(30)},p3,70`];
    const files = { 'pumps.mill': rules, 'readings.csv': ['at,pump,temp', ...pumps, ''].join('\n') };
    expect(millrace(['run', 'pumps.mill'], { cwd: folderWith(files) }).out).toContain('0 rejected · 2 keys forgotten');
  });

  test('readings that repeat one are told, where the stream says `unique`', () => {
    const rules = RULES.replace('time at as iso', 'time at as iso  unique by pump, at within 1m');
    const lines = [0, 1, 1, 2, 1].map(second => `${timeOf(second)},p1,95`);
    const files = { 'pumps.mill': rules, 'readings.csv': ['at,pump,temp', ...lines, ''].join('\n') };
    const run = (...options: string[]) => millrace(['run', 'pumps.mill', ...options], { cwd: folderWith(files) }).out;
    expect(run()).toMatch(/5 events .* 0 late · 0 rejected · 2 repeated\n/);
    expect(jsonLines(run('--json')).at(-1)).toMatchObject({ type: 'summary', events: 5, late: 0, repeated: 2 });
  });
});

test('`run --once` of a journal ends when all of it is read', () => {
  const folder = folderWith({ 'pumps.mill': RULES });
  const input = [70, 90, 91, 92]
    .map((temp, index) => `{"at":"${timeOf(index)}","pump":"p1","temp":${temp}}\n`)
    .join('');
  millrace(['ingest', 'pumps'], { cwd: folder, input });
  const run = ['run', 'pumps.mill', '--source', 'pump=journal:pumps', '--state', 'kept', '--once', '--json'];
  const first = millrace(run, { cwd: folder });
  expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
  expect(jsonLines(first.out).at(-1)).toMatchObject({ events: 4 });
  expect(jsonLines(millrace(run, { cwd: folder }).out)).toMatchObject([{ type: 'summary', events: 0 }]);
});

test('`run --once` of two journals also gives what only the one that ends later has', () => {
  const rules = `
    stream badge from journal "badge" json { key door: symbol }
    stream door from journal "door" json { key door: symbol }
    rule passed on b: badge -> d: door within 1h { info  clear after 1h }
  `;
  const folder = folderWith({ 'doors.mill': rules });
  for (const stream of ['badge', 'door']) millrace(['ingest', stream], { cwd: folder, input: '{"door":"north"}\n' });
  const { out, err } = millrace(['run', 'doors.mill', '--once', '--json'], { cwd: folder });
  expect(err).toBe('');
  expect(jsonLines(out)).toMatchObject([
    { rule: 'passed', change: 'raised' },
    { type: 'summary', events: 2 },
  ]);
});

describe('Ctrl-C', () => {
  // Says it is an older Node, so that the launcher starts another one and passes the signal on.
  const asNode20 = ['--import', 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.9.0"})'];

  test.each([
    ['in this process', []],
    ['through the launcher', asNode20],
  ])('%s ends a followed run with 130 within 2 s, with the summary and no stack', async (_, node) => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS });
    const child = startMillrace(['run', 'pumps.mill', '--follow', '--json'], { cwd: folder, node });
    let out = '';
    let err = '';
    child.stderr!.on('data', text => (err += text));
    await new Promise<void>(resolve => {
      child.stdout!.on('data', text => {
        out += text;
        if (out.includes('raised')) resolve();
      });
    });
    const startedMs = performance.now();
    child.kill('SIGINT');
    expect(await exitOf(child)).toBe(130);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(err).toBe('');
    expect(jsonLines(out).at(-1)).toMatchObject({ type: 'summary', events: 8 });
  });

  test('with workers, state is saved, and the next run goes on there with another number of them', async () => {
    const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': READINGS });
    const run = ['run', 'pumps.mill', '--state', 'kept', '--json', '--workers'];
    const child = startMillrace([...run, '2', '--follow'], { cwd: folder });
    await new Promise<void>(resolve => {
      child.stdout!.on('data', text => {
        if (String(text).includes('cleared')) resolve();
      });
    });
    const startedMs = performance.now();
    child.kill('SIGINT');
    expect(await exitOf(child)).toBe(130);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(jsonLines(millrace([...run, '1'], { cwd: folder }).out)).toMatchObject([{ type: 'summary', events: 0 }]);
  });
});

/** 30 readings of each of so many pumps, some of them hot at times. */
function manyPumps(count: number): string {
  const lines = Array.from({ length: 30 * count }, (_, i) => {
    const index = Math.floor(i / count);
    return `${timeOf(index)},p${i % count},${70 + (((i % count) + index) % 30)}`;
  });
  return ['at,pump,temp', ...lines, ''].join('\n');
}

function exitOf(child: ReturnType<typeof startMillrace>): Promise<number | null> {
  return new Promise(resolve => child.on('close', code => resolve(code)));
}
