import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { jsonLines, millrace } from './millrace.ts';

vi.setConfig({ testTimeout: 60_000 });

const RULES = `stream motor from file "motor.csv" {
  key device: symbol  site: symbol  temp: float degC  q: quality default good  time at as iso  lateness 2s
}
stream current from file "current.csv" { key device: symbol  amps: float A  time at as iso  lateness 2s }
store motor
store current
table devices from file "devices.csv" key device: symbol { rated: float A }
stream load = from motor as m join current as c within 2s around
  lookup d = devices[m.device]
  select c.amps / d.rated as load, m.temp as temp
rule overloaded on load { high when load > 0.9 for 10s  clear when load < 0.8 }
stream both = from motor as m join current as c latest within 30s select m.temp as temp, c.amps as amps
rule hot_and_loaded on both { medium when temp > 85 degC and amps > 9 A }
stream alone = from motor as m anti join current as c within 3s after select m.temp as temp
rule unpowered on alone { info when temp > 50 degC  clear after 20s }
stream motor_20s = from motor where q == good window tumbling 20s select avg(temp) as mean, count() as n
rule warm on motor_20s { low when mean > 80 degC  clear when mean < 75 degC }
stream site_20s = from motor window tumbling 20s by site select max(temp) as hottest
rule site_hot on site_20s { low when hottest > 85 degC for 20s }
stream seen = match a: motor[temp > 80 degC] -> b: current[amps > 9 A] within 10s select a.temp as temp, b.amps as amps
rule seen_hot on seen { low when temp > 86 degC }
rule flood on alerts where rule == "overloaded" or rule == "warm" { critical when count(rule, 1m) >= 2 }
stream told = from alerts where change == "raised" select rule as what
rule often on told { info when count(what, 2m) >= 3 }
stream late_motor = from late(motor) select temp
rule late_hot on late_motor { info when temp > 10 degC }
rule silent on silence of motor for 30s { medium }
rule worst on m: motor[temp > 80 degC] -> c: current[amps > 9 A]{3} within 30s { high when c.last.amps < 9.8 A }
`;
const STORE = ['--store', 'duckdb:plant.duckdb'];

let cwd: string;
let alerts: Record<string, unknown>[];

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-streams-'));
  writeFileSync(join(cwd, 'rules.mill'), RULES);
  writeFileSync(join(cwd, 'motor.csv'), `at,device,site,temp,q\n${motor().join('')}`);
  writeFileSync(join(cwd, 'current.csv'), `at,device,amps\n${current().join('')}`);
  writeFileSync(join(cwd, 'devices.csv'), 'device,rated\nd1,10\n');
  const run = millrace(['run', 'rules.mill', '--json', ...STORE], { cwd });
  expect(run.code, run.err).toBe(0);
  alerts = jsonLines(run.out).filter(({ type }) => type === 'alert');
}, 60_000);

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('why, of a rule on', () => {
  test.each([
    ['an interval join', 'overloaded'],
    ['a join with the latest row', 'hot_and_loaded'],
    ['rows without a partner', 'unpowered'],
    ['a windowed stream', 'warm'],
    ['a windowed stream by another key', 'site_hot'],
    ['a stream of matches', 'seen_hot'],
    ['alerts', 'flood'],
    ['a stream of alerts', 'often'],
    ['silence', 'silent'],
    ['a pattern over several streams', 'worst'],
  ])('%s', (name, rule) => {
    const own = alerts.filter(alert => alert['rule'] === rule);
    const input = own.filter(({ id }) => id === own[0]!['id']).map(alert => JSON.stringify(alert));
    expectAsBefore(`why ${name}`, ask(['why', '-', 'rules.mill', '--store', 'none'], input.join('\n')));
  });
});

describe('why not, from the files of readings and from what is stored of them, of a rule on', () => {
  test.each([
    ['an interval join', 'overloaded', 'd1', '00:55'],
    ['a join with the latest row', 'hot_and_loaded', 'd1', '02:35'],
    ['rows without a partner', 'unpowered', 'd1', '00:03'],
    ['a windowed stream', 'warm', 'd1', '03:55'],
    ['a windowed stream by another key', 'site_hot', 'n', '01:10'],
    ['a stream of matches', 'seen_hot', 'd1', '00:55'],
    ['alerts', 'flood', '-', '01:05'],
    ['a stream of alerts', 'often', '-', '01:00'],
    ['a stream of alerts, before the first', 'often', '-', '00:01'],
    ['late events', 'late_hot', 'd1', '01:00'],
    ['silence', 'silent', 'd1', '02:50'],
    ['a pattern over several streams', 'worst', 'd1', '00:50'],
  ])('%s', (name, rule, key, time) => {
    const question = ['why-not', rule, key, `2025-03-10 08:${time}`, 'rules.mill'];
    const fromFiles = ask([...question, '--store', 'none']);
    expectAsBefore(`why not ${name}`, fromFiles);
    const stored = ask([...question, ...STORE]);
    expect(stored.replaceAll(/the stored series (\w+)/g, '$1 from file $1.csv')).toBe(fromFiles);
  });
});

/** As a user reads it; UPDATE=1 rewrites it. */
function expectAsBefore(name: string, told: string): void {
  const golden = join(import.meta.dirname, 'why-streams', `${name.replaceAll(/\W+/g, '-')}.txt`);
  if (process.env['UPDATE']) writeFileSync(golden, told);
  expect(told).toBe(readFileSync(golden, 'utf8'));
}

function ask(words: readonly string[], input = ''): string {
  const { code, out, err } = millrace(words, { cwd, input });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** Every 2 s: warm, then hot, then not; silent for a while. */
function motor(): string[] {
  const seconds = Array.from({ length: 120 }, (_, i) => i * 2).filter(s => s < 150 || s >= 200);
  return seconds.map(s => `${at(s)},d1,n,${s < 40 ? 70 : s < 60 ? 82 : s < 100 ? 90 : 70},good\n`);
}

/** Every 4 s, a second later; it is missing for a while. */
function current(): string[] {
  const seconds = Array.from({ length: 60 }, (_, i) => i * 4 + 1).filter(s => s < 110 || s >= 150);
  return seconds.map(s => `${at(s)},d1,${s < 50 ? 8 : s < 110 ? 9.5 : 7}\n`);
}

function at(second: number): string {
  return new Date(Date.UTC(2025, 2, 10, 8) + second * 1_000).toISOString();
}
