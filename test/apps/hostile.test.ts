import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
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
  expect(readFileSync(`${folder}/kept/checkpoint`).length).toBeGreaterThan(0);
});
