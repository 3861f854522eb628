import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { timeOf } from '../../apps/cli/time-option.ts';
import { jsonLines, millrace } from './millrace.ts';

const RULES = `stream pump from file "readings.csv" {
  key site: symbol  key pump: symbol  temp: float degC in 0..200  time at as iso
}
store pump
rule hot on pump { high when temp > 100 degC }
stream raised = from alerts where change == "raised" select rule, severity, temp, message
store raised
`;
const READINGS = `at,site,pump,temp
2025-03-10T08:00:00Z,north,p1,20.5
2025-03-10T08:00:00Z,north,"p,2",21
2025-03-10T09:00:00Z,north,p1,120
2025-03-10T10:00:00Z,south,p1,900
2025-03-11T08:00:00Z,south,p1,30
`;

vi.setConfig({ testTimeout: 60_000 });

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-stored-'));
  const files = { 'rules.mill': RULES, 'readings.csv': READINGS, 'millrace.yaml': 'store: duckdb:plant.duckdb\n' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  expect(millrace(['run', 'rules.mill', '--json'], { cwd })).toMatchObject({ code: 0, err: '' });
}, 60_000);

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function out(...words: string[]): string {
  const result = millrace(words, { cwd });
  expect({ code: result.code, err: result.err }, words.join(' ')).toEqual({ code: 0, err: '' });
  return result.out;
}

describe('query', () => {
  test('shows a table, JSON lines, or CSV', () => {
    const sql =
      'SELECT time, pump, temp, null AS nothing, 9223372036854775807 AS big FROM pump ORDER BY time, pump LIMIT 2';
    expect(out('query', sql)).toBe(
      'time                      pump  temp  nothing  big\n' +
        '2025-03-10T08:00:00.000Z  p,2   21             9223372036854775807\n' +
        '2025-03-10T08:00:00.000Z  p1    20.5           9223372036854775807\n',
    );
    expect(out('query', sql, '--json').split('\n')[0]).toBe(
      '{"time":"2025-03-10T08:00:00.000Z","pump":"p,2","temp":21,"nothing":null,"big":9223372036854775807}',
    );
    expect(out('query', sql, '--csv').split('\n')[1]).toBe('2025-03-10T08:00:00.000Z,"p,2",21,,9223372036854775807');
  });

  test('sees what was rejected, and the log of alerts', () => {
    const [rejected] = jsonLines(out('query', 'SELECT code, event_time FROM pump_rejected', '--json'));
    expect(rejected).toEqual({ code: 'MR4012', event_time: '2025-03-10T10:00:00.000Z' });
    const sql = "SELECT change, level, rule, key->>'pump' AS pump FROM alerts ORDER BY time";
    expect(out('query', sql, '--csv')).toBe('change,level,rule,pump\nraised,high,hot,p1\n');
  });

  test('sees alerts that a stream of them keeps', () => {
    const sql = 'SELECT time, site, pump, rule, severity, temp, message FROM raised';
    expect(jsonLines(out('query', sql, '--json'))).toEqual([
      {
        time: '2025-03-10T09:00:00.000Z',
        site: 'north',
        pump: 'p1',
        rule: 'hot',
        severity: 'high',
        temp: 120,
        message: 'hot north p1: high, temp 120 degC',
      },
    ]);
  });

  test.each([
    ['SELECT nothing FROM pump', 'error[MR5311]: DuckDB cannot run the query: Referenced column "nothing" not found'],
    ['DELETE FROM series.pump', 'read-only mode'],
  ])('%s is refused', (sql, message) => {
    const { code, err } = millrace(['query', sql], { cwd });
    expect(code).toBe(3);
    expect(err).toContain(message);
  });

  test('needs a file that is there, and one of DuckDB', () => {
    expect(millrace(['query', 'SELECT 1', '--store', 'duckdb:none'], { cwd })).toMatchObject({
      code: 3,
      err: expect.stringContaining('error[MR5302]'),
    });
    expect(millrace(['query', 'SELECT 1', '--store', 'questdb'], { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining('error[MR7002]'),
    });
  });
});

describe('series', () => {
  test('gives the rows of keys between times, in order', () => {
    const times = (...words: string[]) =>
      jsonLines(out('series', 'pump', '--json', ...words)).map(row => `${row['time']} ${row['site']} ${row['temp']}`);
    const [first, second, third, last] = times();
    expect(first).toBe('2025-03-10T08:00:00.000Z north 21');
    expect(times('--key', 'north,p1', '--key', 'south,p1')).toEqual([second, third, last]);
    expect(times('--key', 'north,p1', '--from', '2025-03-10 09:00')).toEqual([third]);
    expect(times('--to', '2025-03-10T10:00:00+01:00')).toEqual([first, second]);
  });

  test('is exported with its columns', () => {
    out('series', 'pump', '--from', '2025-03-11', '--export', 'pump.csv');
    expect(readFileSync(join(cwd, 'pump.csv'), 'utf8').split('\n').slice(0, 2)).toEqual([
      'time,site,pump,temp,arrived,late,source,seq,item',
      expect.stringMatching(/^2025-03-11 08:00:00,south,p1,30\.0,2025-03-11 08:00:00,false,file readings\.csv,\d,0$/),
    ]);
    out('series', 'pump', '--export', 'pump.parquet');
    const [read] = jsonLines(out('query', "SELECT count(*) AS n, sum(temp) AS sum FROM 'pump.parquet'", '--json'));
    expect(read).toEqual({ n: 4, sum: 191.5 });
  });

  test.each([
    [['nothing'], 'plant.duckdb has no series "nothing"'],
    [['pump', '--from', '10.3.2025'], 'error[MR7050]: --from is no time: "10.3.2025"'],
    [['pump', '--key', 'north'], 'the key is site (symbol), pump (symbol)'],
  ])('%j is a mistake of usage', (words, message) => {
    const { code, err } = millrace(['series', ...words], { cwd });
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test('is exported to a file of a known format only', () => {
    expect(millrace(['series', 'pump', '--export', 'pump.xlsx'], { cwd })).toMatchObject({
      code: 3,
      err: expect.stringContaining('error[MR5312]'),
    });
  });
});

test('a time is what people type', () => {
  const nowUs = 1_750_000_000_000_000;
  const read = (text: string) => timeOf(text, { option: '--from', nowUs });
  expect(read('now')).toBe(nowUs);
  expect(read(' 1h ago')).toBe(nowUs - 3_600e6);
  expect(read('90s ago')).toBe(nowUs - 90e6);
  expect(read('2025-03-10')).toBe(Date.UTC(2025, 2, 10) * 1_000);
  expect(read('2025-03-10 08:30')).toBe(Date.UTC(2025, 2, 10, 8, 30) * 1_000);
  expect(read('2025-03-10T08:00:00.000001+01:00')).toBe(Date.UTC(2025, 2, 10, 7) * 1_000 + 1);
  for (const wrong of ['', 'ago', '1 hour ago', '08:00', '10.3.2025', '1h'])
    expect(() => read(wrong)).toThrow('is no time');
});
