import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { historicalRoutes } from '../../apps/cli/replay/into-alerts.ts';
import { progressText } from '../../apps/cli/replay/replay-progress.ts';
import { replayedKey } from '../../apps/cli/replay/replayed-keys.ts';
import { compile } from '../../dsl/compile.ts';
import { folderWith, jsonLines, millrace } from './millrace.ts';

vi.setConfig({ testTimeout: 120_000 });

const RULES = `stream pump from file "readings.csv" { key pump: symbol  temp: float degC in 0..200  time at as iso }
store pump
stream pump_10s = from pump window tumbling 10s select avg(temp) as mean
store pump_10s
rule hot on pump { high when temp > 100 degC  clear when temp < 50 degC }
rule warm on pump { low when avg(temp, 20s) > 60 degC }
route alerts to file "alerts.ndjson"
`;

const READINGS = ['at,pump,temp', ...Array.from({ length: 120 }, (_, i) => line(i))].join('\n').concat('\n');

function line(second: number): string {
  const at = new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
  return `${at},p${second % 2},${second % 40 < 20 ? 20 + second / 10 : 110}`;
}

function project(): string {
  return folderWith({ 'rules.mill': RULES, 'readings.csv': READINGS, 'millrace.yaml': 'store: duckdb:plant.duckdb\n' });
}

function out(cwd: string, ...words: string[]): string {
  const { code, out: text, err } = millrace(words, { cwd });
  expect({ code, err }, words.join(' ')).toEqual({ code: 0, err: '' });
  return text;
}

/** As a live run tells them. */
function changes(text: string): Record<string, unknown>[] {
  return jsonLines(text).flatMap(({ historical: _, ...change }) => (change['type'] === 'alert' ? [change] : []));
}

describe('replay', () => {
  test('of a file tells what a run over it tells', () => {
    const cwd = project();
    const found = out(cwd, 'replay', 'rules.mill', '--store', 'none', '--json');
    expect(jsonLines(found).at(-1)).toMatchObject({ type: 'summary', events: 120, shares: 1 });
    expect(jsonLines(found)[0]).toMatchObject({ type: 'alert', historical: true });
    expect(changes(found)).toEqual(changes(out(cwd, 'run', 'rules.mill', '--json')));
  });

  test('of what a run stored: all of it, a window of it, one rule, one key, on threads', () => {
    const cwd = project();
    const live = changes(out(cwd, 'run', 'rules.mill', '--json'));
    expect(live.length).toBeGreaterThan(8);
    expect(changes(out(cwd, 'replay', 'rules.mill', '--json'))).toEqual(live);
    expect(changes(out(cwd, 'replay', 'rules.mill', '--json', '--workers', '2'))).toEqual(live);
    const times = ['--from', '2026-01-01T00:00:50Z', '--to', '2026-01-01T00:01:25Z'];
    expect(changes(out(cwd, 'replay', 'rules.mill', '--json', ...times, '--warm-up', '1m'))).toEqual(
      live.filter(({ time }) => String(time) >= '2026-01-01T00:00:50' && String(time) < '2026-01-01T00:01:25'),
    );
    expect(changes(out(cwd, 'replay', 'rules.mill', '--json', '--rule', 'hot', '--key', 'pump=p1'))).toEqual(
      live.filter(({ rule, key }) => rule === 'hot' && JSON.stringify(key) === '{"pump":"p1"}'),
    );
  });

  test('tells a table, and how much there was', () => {
    const cwd = project();
    out(cwd, 'run', 'rules.mill', '--json');
    const text = out(cwd, 'replay', 'rules.mill', '--rule', 'hot', '--key', 'p0');
    expect(text).toMatch(/^rule +key +raised +first +last\nhot +pump=p0 +\d+ +2026-/);
    expect(text).toMatch(/\d+ events, \d+ changes of alerts in [\d.]+ s: [\d,]+ events a second\n$/);
  });

  test('into alerts: beside the live ones, in a file and a table', () => {
    const cwd = project();
    const live = changes(out(cwd, 'run', 'rules.mill', '--json'));
    const before = readFileSync(join(cwd, 'alerts.ndjson'), 'utf8');
    expect(out(cwd, 'replay', 'rules.mill', '--into', 'alerts')).toContain(
      'written to file alerts.history.ndjson, the table alerts_history\n',
    );
    expect(readFileSync(join(cwd, 'alerts.ndjson'), 'utf8')).toBe(before);
    const historical = readFileSync(join(cwd, 'alerts.history.ndjson'), 'utf8');
    expect(jsonLines(historical).every(change => change['historical'] === true)).toBe(true);
    expect(changes(historical)).toEqual(live);
    const logs = 'SELECT (SELECT count(*) FROM alerts) AS live, (SELECT count(*) FROM alerts_history) AS historical';
    expect(jsonLines(out(cwd, 'query', logs, '--json'))).toEqual([{ live: live.length, historical: live.length }]);
  });

  test('into series: the same rows again, and those of a series that is new', () => {
    const cwd = project();
    out(cwd, 'run', 'rules.mill', '--json');
    const rows = out(cwd, 'series', 'pump_10s', '--json');
    expect(out(cwd, 'replay', 'rules.mill', '--into', 'series')).toMatch(
      /series are written to duckdb:.*plant.duckdb\n$/,
    );
    expect(out(cwd, 'series', 'pump_10s', '--json')).toBe(rows);
    const more = `${RULES}stream pump_30s = from pump window tumbling 30s select count() as n\nstore pump_30s\n`;
    const folder = folderWith({ 'more.mill': more });
    out(cwd, 'replay', join(folder, 'more.mill'), '--into', 'series');
    expect(jsonLines(out(cwd, 'series', 'pump_30s', '--json')).map(row => row['n'])).toEqual(new Array(6).fill(15));
    expect(out(cwd, 'series', 'pump_10s', '--json')).toBe(rows);
  });

  test.each([
    [['--rule', 'hotter'], 'MR7323'],
    [['--key', 'motor=m1'], 'MR7344'],
    [['--from', '2026-01-02', '--to', '2026-01-01'], 'MR7342'],
    [['--from', 'whenever'], 'MR7050'],
    [['--source', 'pump=-'], 'MR7341'],
    [['--source', 'pump=nats:plant.pumps'], 'MR7341'],
  ])('%j is %s', (words, code) => {
    const cwd = project();
    expect(millrace(['replay', 'rules.mill', '--store', 'none', ...words], { cwd }).err).toContain(code);
  });

  test('without anything to run, or to write to', () => {
    const cwd = folderWith({
      'rules.mill': RULES.replace(/^(rule|route|stream pump_10s|store pump_10s).*\n/gm, ''),
      'log.mill': RULES.replace('route alerts to file "alerts.ndjson"', 'route alerts to log'),
      'readings.csv': READINGS,
    });
    expect(millrace(['replay', 'rules.mill', '--store', 'none'], { cwd }).err).toContain('MR7343');
    expect(millrace(['replay', 'log.mill', '--store', 'none', '--into', 'alerts'], { cwd }).err).toContain('MR7345');
  });
});

test('routes of history have places of their own', () => {
  const { plan } = compile({
    file: 'rules.mill',
    text: `${RULES.replace(/^route.*\n/gm, '')}
      route alerts to nats "alerts.{severity}"
      route alerts to file "out/alerts"
      route alerts to log
      route pump_10s to file "rows.csv"`,
  });
  const routes = historicalRoutes(plan!).nodes.flatMap(node => (node.kind === 'route' ? [node.target.address] : []));
  expect(routes).toEqual(['history.alerts.{severity}', 'out/alerts.history']);
});

test('keys are named by fields, or by values alone where streams have one key', () => {
  const planOf = (text: string) => compile({ file: 'rules.mill', text }).plan!;
  const one = planOf('stream a from file "a.csv" { key site: symbol  key n: int  x: float  time t as ms }');
  expect(replayedKey('n=3,site=north', one)).toEqual({ n: 3, site: 'north' });
  expect(replayedKey('north,3', one)).toEqual({ site: 'north', n: 3 });
  expect(() => replayedKey('north', one)).toThrow('is no key of these rules');
  const two = planOf(`stream a from file "a.csv" { key site: symbol  x: float  time t as ms }
    stream b from file "b.csv" { key unit: symbol  x: float  time t as ms }`);
  expect(replayedKey('unit=u1', two)).toEqual({ unit: 'u1' });
  expect(() => replayedKey('u1', two)).toThrow('is no key of these rules');
});

test('progress says how long it will take, once that is known', () => {
  expect(progressText({ share: 0, events: 0, elapsedMs: 50 })).not.toContain('left');
  expect(progressText({ share: 0.25, events: 1_000, elapsedMs: 30_000 })).toMatch(
    /25 % {2}1,000 events, about 1m 30s left$/,
  );
  expect(progressText({ share: 1, events: 4_000, elapsedMs: 120_000 })).not.toContain('left');
});
