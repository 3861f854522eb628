import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { folderWith, millrace } from './millrace.ts';

const GOOD = 'stream pump from file "readings.csv" {\n  key pump: symbol\n  temp: float degC\n  time at as iso\n}\n';
const WRONG = `${GOOD}\nrule hot on pump {\n  high when temp > 5 bar\n  clear when tmp < 80 degC\n}\n`;

describe('usage', () => {
  test('--help and --version', () => {
    expect(millrace(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('explain') });
    expect(millrace(['--version']).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [['run'], "missing required argument 'file'"],
    [['rnu', 'x.mill'], "unknown command 'rnu'"],
    [['run', 'x.mill', '--jsno'], "unknown option '--jsno'"],
    [['run', 'x.mill', '--speed', 'fast'], 'It is 1x, 60x'],
    [['check', 'missing.mill'], 'error[MR7001]: there is no file missing.mill'],
    [['check', 'docs'], 'error[MR7001]: docs is a folder'],
    [['run', 'test/errors/syntax'], 'name the rule files in it: test/errors/syntax/*.mill'],
    [['run', 'readings.csv'], 'error[MR7011]: readings.csv is data, not rules'],
    [['run', 'x.mill', 'readings.ndjson.gz'], 'error[MR7001]: there is no file x.mill'],
    [['check', 'old/readings.PARQUET'], 'millrace run RULES.mill --source NAME=old/readings.PARQUET'],
    [['explain', 'MR0000'], 'error[MR7005]'],
  ])('%j is a mistake of usage, said in one message', (commandLine, text) => {
    const { code, out, err } = millrace(commandLine);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(text);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe('check', () => {
  test('a good file', () => {
    const folder = folderWith({ 'pumps.mill': GOOD });
    expect(millrace(['check', 'pumps.mill'], { cwd: folder })).toEqual({
      code: 0,
      out: 'ok: 1 source, 0 rules, 0 tests\n',
      err: '',
    });
  });

  test('all errors at once, with the place, on standard error', () => {
    const folder = folderWith({ 'pumps.mill': WRONG });
    const { code, out, err } = millrace(['check', 'pumps.mill'], { cwd: folder });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.match(/^error\[MR2\d{3}\]/gm)).toHaveLength(2);
    expect(err).toContain('--> pumps.mill:8:');
    expect(err).toContain('--> pumps.mill:9:');
  });
});

describe('fmt', () => {
  const UGLY = 'stream   pump from file "readings.csv" { key pump: symbol temp: float degC time at as iso }';

  test('rewrites a file, once', () => {
    const folder = folderWith({ 'pumps.mill': UGLY });
    expect(millrace(['fmt', 'pumps.mill'], { cwd: folder })).toMatchObject({ code: 0, out: 'pumps.mill\n' });
    const formatted = readFileSync(`${folder}/pumps.mill`, 'utf8');
    expect(formatted).not.toBe(UGLY);
    expect(millrace(['fmt', 'pumps.mill'], { cwd: folder })).toMatchObject({ code: 0, out: '' });
    expect(readFileSync(`${folder}/pumps.mill`, 'utf8')).toBe(formatted);
  });

  test('--check only names what would change', () => {
    const folder = folderWith({ 'pumps.mill': UGLY });
    expect(millrace(['fmt', '--check', 'pumps.mill'], { cwd: folder })).toMatchObject({ code: 1, out: 'pumps.mill\n' });
    expect(readFileSync(`${folder}/pumps.mill`, 'utf8')).toBe(UGLY);
  });

  test('a file with a syntax error stays as it is', () => {
    const folder = folderWith({ 'pumps.mill': 'stream pump fro file' });
    expect(millrace(['fmt', 'pumps.mill'], { cwd: folder })).toMatchObject({
      code: 1,
      err: expect.stringContaining('error[MR1'),
    });
    expect(readFileSync(`${folder}/pumps.mill`, 'utf8')).toBe('stream pump fro file');
  });
});

describe('new, test, explain', () => {
  test('a new project checks, tests and runs at once', () => {
    const folder = folderWith({});
    expect(millrace(['new', 'alarms'], { cwd: folder }).code).toBe(0);
    expect(millrace(['check', 'alarms/pumps.mill'], { cwd: folder })).toMatchObject({ code: 0, err: '' });
    expect(millrace(['fmt', '--check', 'alarms/pumps.mill'], { cwd: folder }).code).toBe(0);
    expect(millrace(['test', 'alarms/pumps.mill'], { cwd: folder })).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 passed, 0 failed'),
    });
    expect(millrace(['run', 'alarms/pumps.mill'], { cwd: folder }).out).toContain('overheating  north');
    expect(millrace(['new', 'alarms'], { cwd: folder })).toMatchObject({
      code: 2,
      err: expect.stringContaining('MR7006'),
    });
  });

  test('a failing test says what was expected and what was seen', () => {
    const folder = folderWith({});
    millrace(['new', 'alarms'], { cwd: folder });
    const file = `${folder}/alarms/pumps.mill`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('raised at 90s', 'raised at 95s'));
    const { code, out } = millrace(['test', file], { cwd: folder });
    expect(code).toBe(1);
    expect(out).toContain('raised at 95s');
    expect(out).toContain('0 passed, 1 failed');
  });

  test('--coverage names rules and levels that no test reaches', () => {
    const folder = folderWith({});
    millrace(['new', 'alarms'], { cwd: folder });
    expect(millrace(['test', '--coverage', 'alarms/pumps.mill'], { cwd: folder }).out).toMatch(/overheating.*critical/);
  });

  test('explain shows a page, a plan, a tree', () => {
    const folder = folderWith({ 'pumps.mill': GOOD });
    expect(millrace(['explain', 'MR7001']).out).toContain('MR7001');
    expect(millrace(['explain', 'mr7001']).code).toBe(0);
    expect(JSON.parse(millrace(['explain', 'pumps.mill', '--plan'], { cwd: folder }).out).nodes[0].id).toBe('pump');
    expect(JSON.parse(millrace(['explain', 'pumps.mill', '--ast'], { cwd: folder }).out)).toMatchObject({
      kind: 'file',
    });
  });
});

describe('tables', () => {
  const RULES = `stream m from file "m.csv" csv { key device: symbol  temp: float degC  time ts as ms }
table devices from file "devices.csv" key device: symbol { site: symbol  limit: float degC }
rule hot on m lookup d = devices[device] { high when temp > d.limit  message "{device} in {d.site} is over {d.limit}" }
test "of the file" for hot { feed m { device: "m1", temp: 81 } at 1s  expect hot("m1") high raised at 1s }
test "fed" for hot { feed devices { device: "m1", limit: 90 }  feed m { device: "m1", temp: 81 } at 1s  expect no hot("m1") }
`;
  const folderWithTable = () =>
    folderWith({
      'rules.mill': RULES,
      'm.csv': 'device,temp,ts\nm1,85,1000\nm2,85,2000\n',
      'devices.csv': 'device,site,limit\nm1,north,80\n',
    });

  test('are read for runs, and for tests that do not feed them', () => {
    const folder = folderWithTable();
    expect(millrace(['test', 'rules.mill'], { cwd: folder }).out).toContain('2 passed, 0 failed');
    const { code, out } = millrace(['run', 'rules.mill'], { cwd: folder });
    expect(code).toBe(0);
    expect(out).toContain('m1 in north is over 80 degC');
    expect(out).not.toContain('m2 in');
  });

  test('that are not there are an error of their own', () => {
    const folder = folderWithTable();
    rmSync(`${folder}/devices.csv`);
    for (const command of ['run', 'test']) {
      const { code, err } = millrace([command, 'rules.mill'], { cwd: folder });
      expect(code).not.toBe(0);
      expect(err).toContain('error[MR5040]: the table devices cannot be read from file "devices.csv"');
    }
  });
});
