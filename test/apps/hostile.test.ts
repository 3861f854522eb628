import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { folderWith, jsonLines, launcher, millrace, startMillrace } from './millrace.ts';

const RULES = `
stream pump from file "readings.csv" {
  key pump: symbol
  temp: float degC in -40..200
  time at as iso
}
rule hot on pump { high when temp > 85 degC for 20s message "{pump} is at {temp}" }
`;
const AT = '"at":"2025-03-10T08:00:00Z","pump":"p1"';

/** A run of the rules over this input, under this name. */
function runOver(name: string, input: string | Buffer, options: readonly string[] = []) {
  const folder = folderWith({ 'pumps.mill': RULES });
  writeFileSync(`${folder}/${name}`, input);
  return millrace(['run', 'pumps.mill', '--source', `pump=${name}`, ...options], { cwd: folder });
}

describe('a file that cannot be read is named, with what to do', () => {
  test.each([
    ['empty', 'empty.csv', '', 'MR5004'],
    ['wrong columns', 'cols.csv', 'at,pmp,temp\n', 'MR5005'],
    ['UTF-16', 'utf16.csv', Buffer.from('\ufeffat,pump,temp\n', 'utf16le'), 'MR5014'],
    ['truncated gzip', 'cut.csv.gz', gzipSync('at,pump,temp\n'.repeat(99)).subarray(0, 30), 'MR5007'],
    ['no Parquet', 'x.parquet', 'PAR1 garbage PAR1', 'MR5008'],
    ['a header of 2 MB', 'long.csv', 'x'.repeat(2e6), 'MR5014'],
  ])('%s', (_, name, input, code) => {
    const result = runOver(name, input);
    expect(result.code).toBe(3);
    expect(result.err).toMatch(new RegExp(`^error\\[${code}\\]: "${name}"`));
    expect(result.err).not.toMatch(/^\s+at /m);
  });

  test('rule files that are no text', () => {
    const folder = folderWith({});
    writeFileSync(`${folder}/x.mill`, Buffer.from('stream \xff', 'latin1'));
    for (const command of ['run', 'check', 'fmt', 'test']) {
      const { code, err } = millrace([command, 'x.mill'], { cwd: folder });
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/^error\[MR7001\]: x\.mill is not/) });
    }
  });

  test('`new` in a place that takes none', () => {
    const { code, err } = millrace(['new', '/dev/null/x']);
    expect(code).toBe(2);
    expect(err).toContain('error[MR7006]');
  });
});

test('--json over hostile lines: all JSON, nothing lost, the summary last', () => {
  const lines = [
    `{${AT},"temp":0.1}`,
    `{${AT},"temp":0.30000000000000004}`,
    `{${AT},"temp":1e-320}`,
    `{${AT},"temp":-0}`,
    `{${AT},"temp":null}`,
    `{${AT}}`,
    `{${AT},"temp":"90"}`,
    `{${AT},"temp":NaN}`,
    `{${AT},"temp":1e400}`,
    '5',
    '"x"',
    'null',
    `{${AT},"temp":4,}`,
    `{"at":null,"pump":"p","temp":1}`,
    `{"at":"2025-03-10T08:00:00Z","temp":1}`,
    `{"at":"292277026-12-04T15:30:07Z","pump":"p","temp":1}`,
    `{"at":"1969-12-31T23:59:59Z","pump":"p","temp":1}`,
    `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},${AT},"temp":7}`,
    '\u001b[2Jgarbage',
  ];
  const { code, out } = runOver('x.ndjson', `${lines.join('\n\n')}\n`, ['--json', '--print', 'pump']);
  const shown = jsonLines(out);
  expect(code).toBe(0);
  const summary = shown.at(-1)!;
  expect(summary.type).toBe('summary');
  expect(Number(summary.events) + Number(summary.rejected)).toBe(lines.length);
  expect(shown.filter(line => line.type === 'rejected')).toHaveLength(Number(summary.rejected));
  const temps = shown.flatMap(line => (line.type === 'row' ? [(line.values as { temp: unknown }).temp] : []));
  expect(temps).toEqual([0.1, 0.1 + 0.2, 1e-320, -0, null, null, 7]);
});

test.each(['csv', 'ndjson'])('a line of 100 MB (%s) is rejected without being kept in memory', format => {
  const folder = folderWith({ 'pumps.mill': RULES });
  const head = format === 'csv' ? 'at,pump,temp\n2025-03-10T08:00:00Z,p,1\n' : `{${AT},"temp":1}\n`;
  writeFileSync(`${folder}/x.${format}`, `${head}${'x'.repeat(1e8)}\n`);
  const { stdout } = spawnSync(
    process.execPath,
    ['--max-old-space-size=64', launcher, 'run', 'pumps.mill', '--source', `pump=x.${format}`, '--json'],
    { cwd: folder, encoding: 'utf8' },
  );
  expect(jsonLines(stdout).at(-1)).toMatchObject({ events: 1, rejected: 1 });
});

test.each([
  ['ms', '1741593600', 'warning[MR4018]', 'read as s it is of 2025'],
  ['ms', '0', '', ''],
])('times in another unit (%s, %s)', (unit, time, start, hint) => {
  const folder = folderWith({
    'pumps.mill': RULES.replace('as iso', `as ${unit}`),
    'readings.csv': `at,pump,temp\n${time},p,1\n`,
  });
  const { code, err } = millrace(['run', 'pumps.mill'], { cwd: folder });
  expect(code).toBe(0);
  expect(err.startsWith(start)).toBe(true);
  expect(err).toContain(hint);
  if (start === '') expect(err).toBe('');
});

test('text from rule files and data cannot steer the terminal', () => {
  const folder = folderWith({ 'pumps.mill': `${RULES}rule x on pump { high when tmp > 3 } // \u001b[2J\u009b\u202e` });
  expect(millrace(['check', 'pumps.mill'], { cwd: folder }).err).not.toMatch(/[\u001b\u009b\u202e]/);
  const { out } = runOver('x.ndjson', `{"at":"2025-03-10T08:00:00Z","pump":"\u202e","temp":1}\n`, ['--print', 'pump']);
  expect(out).not.toContain('\u202e');
});

test.skipIf(!existsSync('/dev/full'))('standard output on a full disk', () => {
  const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': 'at,pump,temp\n' });
  const line = `"${process.execPath}" "${launcher}" run pumps.mill > /dev/full`;
  const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
  expect(status).toBe(3);
  expect(stderr).toMatch(/^error\[MR7007\]/);
});

test('a second run on one state folder is refused; the lock of a crashed run is taken over', async () => {
  const folder = folderWith({ 'pumps.mill': RULES, 'readings.csv': 'at,pump,temp\n' });
  const first = startMillrace(['run', 'pumps.mill', '--state', 'kept', '--follow'], { cwd: folder });
  while (!existsSync(`${folder}/kept/lock`)) await new Promise(resolve => setTimeout(resolve, 20));
  const run = () => millrace(['run', 'pumps.mill', '--state', 'kept'], { cwd: folder });
  const second = run();
  expect(second.code).toBe(3);
  expect(second.err).toContain(`error[MR6004]: the state folder kept is in use by process ${first.pid}`);
  first.kill('SIGKILL');
  await new Promise(resolve => first.once('exit', resolve));
  expect(run().code).toBe(0);
  expect(existsSync(`${folder}/kept/lock`)).toBe(false);
  mkdirSync(`${folder}/other`);
  writeFileSync(`${folder}/other/lock`, `${process.pid} 1`); // the number was given out again
  expect(millrace(['run', 'pumps.mill', '--state', 'other'], { cwd: folder }).code).toBe(0);
  expect(bytesIn(`${folder}/kept`)).toBeGreaterThan(0);
});

describe('bytes that no one means', () => {
  const at = (second: number): string => `2025-03-10T08:00:${String(second).padStart(2, '0')}Z`;

  test.each<[what: string, name: string, input: string | Buffer, expected: { events: number; codes: string[] }]>([
    [
      'NUL bytes, marks in the middle, CR and CRLF (CSV)',
      'x.csv',
      `at,pump,temp\r\n${at(1)},p\0q,1\n\ufeff${at(2)},p,1\r\n${at(3)},p,1\r${at(4)},p,1\n\r\n\0\n${at(5)},\ufeffp,1`,
      { events: 2, codes: ['MR4016', 'MR4004', 'MR4004'] },
    ],
    [
      'NUL bytes, marks in the middle, CR and CRLF (NDJSON)',
      'x.ndjson',
      `{"at":"${at(1)}","pump":"p\\u0000"}\r\n\ufeff{"at":"${at(2)}","pump":"p"}\r{"at":"${at(3)}","pump":"p"}\n\0\n{"at":"${at(4)}",\r"pump":"p"}`,
      { events: 2, codes: ['MR4001', 'MR4001'] },
    ],
    [
      'invalid UTF-8 costs its line',
      'x.ndjson',
      Buffer.concat([Buffer.from(`{${AT},"x":"`), Buffer.of(0xff, 0xc3), Buffer.from(`"}\n{${AT},"temp":1}\n`)]),
      { events: 1, codes: ['MR4002'] },
    ],
    [
      'names that objects have, everywhere',
      'x.ndjson',
      [
        `{${AT},"__proto__":{"temp":500},"constructor":{"prototype":1},"temp":1}`,
        `{"at":"${at(1)}","pump":"__proto__","temp":1,"toString":null}`,
        `{"at":"${at(1)}","pump":"constructor","hasOwnProperty":1}`,
        '{"__proto__":{"at":"2025-03-10T08:00:00Z","pump":"p","temp":1}}',
        '{"__proto__":null}',
      ].join('\n'),
      { events: 3, codes: ['MR4014', 'MR4014'] },
    ],
    [
      'numbers that no double holds',
      'x.ndjson',
      ['1e400', '-1e400', `1${'0'.repeat(5000)}`, `0.${'0'.repeat(5000)}1`, '1e-400', '9007199254740993', '-0.0']
        .map(temp => `{${AT},"temp":${temp}}`)
        .join('\n'),
      { events: 3, codes: ['MR4011', 'MR4011', 'MR4011', 'MR4012'] },
    ],
    [
      'a quote that is never closed',
      'x.csv',
      `at,pump,temp\n"${at(1)},p,1\n${at(2)},p,1\n`,
      { events: 1, codes: ['MR4005'] },
    ],
    [
      '400,000 columns',
      'x.csv',
      `at,pump,temp${',x'.repeat(400_000)},y\n${at(1)},p,1${','.repeat(400_001)}\n${at(1)},p\n`,
      { events: 1, codes: ['MR4004'] },
    ],
    [
      'a million members',
      'x.ndjson',
      `{${AT}${Array.from({ length: 1e6 }, (_, index) => `,"c${index}":1`).join('')}}\n`,
      { events: 1, codes: [] },
    ],
    [
      'brackets of 100,000 levels, closed and not',
      'x.json',
      `[{${AT},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}},${'{"a":'.repeat(100_000)}`,
      { events: 1, codes: ['MR4001'] },
    ],
  ])('%s', (_, name, input, { events, codes }) => {
    const { code, out, err } = runOver(name, input, ['--json']);
    const shown = jsonLines(out);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(shown.flatMap(line => (line.type === 'rejected' ? [line.code] : []))).toEqual(codes);
    expect(shown.at(-1)).toMatchObject({ type: 'summary', events, rejected: codes.length });
  });

  test('names that objects have as streams, fields, keys, labels and rules, also in kept state', () => {
    const rules = `
      stream pump from file "x.ndjson" { key __proto__: symbol  constructor: float  toString: symbol  time at as iso }
      stream valueOf = from pump window tumbling 1m select max(constructor) as hasOwnProperty, last(toString) as isPrototypeOf
      rule constructor on pump {
        high when constructor > 1
        labels { __proto__: "x", constructor: "y" }
        message "{__proto__} {constructor} {toString}"
      }
      route valueOf to log`;
    const line = (minute: number, name: string): string =>
      `{"at":"2025-03-10T08:0${minute}:00Z","__proto__":"${name}","constructor":${5 + minute},"toString":"valueOf"}\n`;
    const folder = folderWith({ 'pumps.mill': rules, 'x.ndjson': line(0, '__proto__') + line(0, 'constructor') });
    const run = (): Record<string, unknown>[] =>
      jsonLines(millrace(['run', 'pumps.mill', '--state', 'kept', '--json'], { cwd: folder }).out).slice(0, -1);
    const shownNames = ['__proto__', 'constructor'];
    const keys = shownNames.map(name => JSON.parse(`{"__proto__":"${name}"}`));
    expect(run()).toMatchObject(
      shownNames.map((name, index) => ({ type: 'alert', key: keys[index], message: `${name} 5 valueOf` })),
    );
    appendFileSync(`${folder}/x.ndjson`, line(2, '__proto__') + line(2, 'constructor'));
    expect(run().map(({ type, key, values }) => ({ type, key, values }))).toEqual(
      keys.map(key => ({ type: 'row', key, values: { hasOwnProperty: 5, isPrototypeOf: 'valueOf' } })),
    );
  });

  test('lone surrogates come out as JSON', () => {
    const { out } = runOver('x.ndjson', `{${AT.replace('p1', '\\ud800')},"temp":1}\n`, ['--json', '--print', 'pump']);
    expect(jsonLines(out)[0]).toMatchObject({ key: { pump: '\ud800' } });
    expect(out).toContain('\\ud800');
  });
});

/** What each run here may use, in MB; without the bounds it would be some hundreds more. */
const MAX_RESIDENT_MB = 400;

test.each([
  ['gzip', 'x.csv.gz', gzipSync],
  ['zstd', 'x.csv.zst', zstdCompressSync],
])('a bomb of 400 MB in one line (%s) is unpacked in bounded memory, and what follows is read', (_, name, pack) => {
  const [head, end] = ['at,pump,temp\n2025-03-10T08:00:00Z,p,1\n', '\n2025-03-10T08:00:01Z,p,2\n'].map(part =>
    pack(part),
  );
  const zeros = pack(Buffer.alloc(1e8));
  const { summary, residentMb } = measuredRun({
    files: { [name]: Buffer.concat([head!, zeros, zeros, zeros, zeros, end!]) },
    options: ['--source', `pump=${name}`],
  });
  expect(summary).toMatchObject({ events: 2, rejected: 1 });
  expect(residentMb).toBeLessThan(MAX_RESIDENT_MB);
});

describe('devices gone mad', () => {
  const SECOND_MS = 1000;
  const YEAR_MS = 365 * 86_400 * SECOND_MS;
  const event = (pump: string, timeMs: number, temp = 90): string =>
    `${JSON.stringify({ at: new Date(timeMs).toISOString(), pump, temp })}\n`;

  /** A minute of a good pump and of one whose clock is a year ahead. */
  function oneClockIsAhead(): string[] {
    const startMs = Date.now() - 120 * SECOND_MS;
    return Array.from({ length: 60 }, (_, second) => [
      event('ahead', startMs + second * SECOND_MS + YEAR_MS),
      event('good', startMs + second * SECOND_MS),
    ]).flat();
  }

  function expectGoodAlone(out: string): void {
    const shown = jsonLines(out);
    expect(shown.flatMap(line => (line.type === 'rejected' ? [line.code] : []))).toEqual(Array(60).fill('MR4020'));
    expect(shown.filter(line => line.type === 'alert').map(line => line.key)).toEqual([{ pump: 'good' }]);
    expect(shown.at(-1)).toMatchObject({ type: 'summary', events: 60, late: 0, rejected: 60 });
  }

  test('one clock a year ahead, on standard input', () => {
    const folder = folderWith({ 'pumps.mill': RULES });
    const input = oneClockIsAhead().join('');
    expectGoodAlone(millrace(['run', 'pumps.mill', '--source', 'pump=-', '--json'], { cwd: folder, input }).out);
  });

  test('one clock a year ahead, in a file that grows', async () => {
    const lines = oneClockIsAhead();
    const folder = folderWith({ 'pumps.mill': RULES, 'live.ndjson': lines[0]! });
    const run = ['run', 'pumps.mill', '--source', 'pump=live.ndjson', '--follow', '--json'];
    const isDone = untilSummary(run, { folder, rejected: 60, alerts: 1 });
    for (let at = 1; at < lines.length; at += 17) {
      appendFileSync(`${folder}/live.ndjson`, lines.slice(at, at + 17).join(''));
      await delay(20);
    }
    expectGoodAlone(await isDone);
  });

  test('one clock a year ahead, twice in a row, in a journal, which records the arrival', async () => {
    const folder = folderWith({ 'pumps.mill': RULES });
    const lines = oneClockIsAhead();
    const [ahead, good] = [0, 1].map(remainder => lines.filter((_, index) => index % 2 === remainder));
    const input = [...good!.slice(0, 30), ...ahead!, ...good!.slice(30)].join('');
    expect(millrace(['ingest', 'pumps'], { cwd: folder, input }).code).toBe(0);
    const run = ['run', 'pumps.mill', '--source', 'pump=journal:pumps', '--json'];
    expectGoodAlone(await untilSummary(run, { folder, rejected: 60, alerts: 1 }));
  });

  test('one that repeats itself forever: its state stays as it is', () => {
    const rules = `${RULES}
      stream pump_1m = from pump window tumbling 1m select avg(temp) as temp_avg, max(temp) as temp_max
      route pump_1m to log`;
    const stateBytes = [1_000, 300_000].map(times => {
      const folder = folderWith({ 'pumps.mill': rules });
      const input = event('stuck', Date.UTC(2025, 2, 10)).repeat(times);
      const options = ['run', 'pumps.mill', '--source', 'pump=-', '--state', 'kept', '--json'];
      const { out } = millrace(options, { cwd: folder, input });
      expect(jsonLines(out).at(-1)).toMatchObject({ events: times, alerts: 0 });
      return bytesIn(`${folder}/kept`);
    });
    expect(stateBytes[1]!).toBeLessThan(stateBytes[0]! + 1_000);
  });

  test('keys of 64 KB are keys; longer ones are rejected', () => {
    const longKey = (index: number): string => String(index).padEnd(65_536, 'k');
    const lines = Array.from({ length: 1_000 }, (_, index) => event(longKey(index), Date.UTC(2025, 2, 10) + index));
    const tooLong = event(`${longKey(0)}k`, Date.UTC(2025, 2, 10) + 1_000);
    const { summary, residentMb } = measuredRun({ input: lines.join('') + tooLong, options: ['--source', 'pump=-'] });
    expect(summary).toMatchObject({ events: 1_000, rejected: 1 });
    expect(residentMb).toBeLessThan(MAX_RESIDENT_MB + 65); // the keys themselves
  });

  test('300,000 different symbols in a field', () => {
    const rules = RULES.replace('temp:', 'batch: symbol  temp:').replace('"{pump}', '"{pump} {batch}');
    const line = (index: number): string =>
      event('p', Date.UTC(2025, 2, 10) + index).replace('{', `{"batch":"b${index}",`);
    const { summary, residentMb } = measuredRun({
      rules,
      input: Array.from({ length: 300_000 }, (_, index) => line(index)).join(''),
      options: ['--source', 'pump=-'],
    });
    expect(summary).toMatchObject({ events: 300_000, rejected: 0, alerts: 1 });
    expect(residentMb).toBeLessThan(MAX_RESIDENT_MB);
  });
});

/** Runs over what does not end by itself, until these have been counted; gives its output, the summary last. */
async function untilSummary(
  command: readonly string[],
  expected: { readonly folder: string; readonly rejected: number; readonly alerts: number },
): Promise<string> {
  const child = startMillrace(command, { cwd: expected.folder });
  let out = '';
  child.stdout!.on('data', text => {
    out += text;
  });
  const count = (type: string): number => out.split(`{"type":"${type}"`).length - 1;
  while (count('rejected') < expected.rejected || count('alert') < expected.alerts) await delay(20);
  child.kill('SIGINT');
  await once(child, 'close');
  return out;
}

/** A run's summary, and the most memory that it used. */
function measuredRun(run: {
  readonly rules?: string;
  readonly files?: Readonly<Record<string, Buffer>>;
  readonly input?: string;
  readonly options: readonly string[];
}): { readonly summary: Record<string, unknown>; readonly residentMb: number } {
  const folder = folderWith({ 'pumps.mill': run.rules ?? RULES });
  for (const [name, content] of Object.entries(run.files ?? {})) writeFileSync(`${folder}/${name}`, content);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', SHOW_RESIDENT_KB, launcher, 'run', 'pumps.mill', '--json', ...run.options],
    { cwd: folder, input: run.input ?? '', encoding: 'utf8', maxBuffer: 1e9 },
  );
  return { summary: jsonLines(stdout).at(-1)!, residentMb: Number(/resident (\d+)/.exec(stderr)![1]) / 1024 };
}

/** Its own: where the kernel does not tell it, what a process uses at most begins with what its parent did. */
const SHOW_RESIDENT_KB = `data:text/javascript,${encodeURIComponent(`
  import { existsSync, readFileSync } from 'node:fs';
  process.on('exit', () => {
    const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
    const kb = /VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
    process._rawDebug('resident', Number(kb));
  });
`)}`;

function bytesIn(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.map(name => statSync(join(folder, name))).reduce((sum, { size }) => sum + size, 0);
}
