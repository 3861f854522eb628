import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { folderWith, jsonLines, millrace } from './millrace.ts';

vi.setConfig({ testTimeout: 60_000 });

const RULES = `stream motor from file "motor.csv" { key device: symbol  site: symbol  temp: float degC  rms: float mm/s  q: quality default good  time at as iso }
stream maintenance from file "maintenance.csv" { key device: symbol  kind: symbol  time at as iso }
rule wear on t: motor[temp > 90 degC] -> v: motor[rms > 7 mm/s and rms > t.rms * 2]{2} within 5m
  unless maintenance[kind == "start"] { high when v.last.rms > 12 mm/s  clear after 30m }
rule next on a: motor[temp > 90 degC] ~> b: motor[rms > 9 mm/s] within 1m { info }
rule calm on a: motor[temp > 90 degC] -> not motor[rms > 7 mm/s] for 30s within 5m { info }
rule stuck on a: motor[temp > 90 degC] -> b: motor[rms > 7 mm/s] within 15s on timeout { info }
rule fresh on not maintenance for 10m -> a: motor[rms > 12 mm/s] { info }
rule by_site on a: motor[temp > 90 degC] -> b: motor[rms > avg(rms, 1h) * 4] within 20s by site { info }
rule either on a: motor[temp > 90 degC] -> (b: motor[rms > 20 mm/s] or maintenance[kind == "stop"]) within 9m { info }
stream worn = match a: motor[temp > 90 degC] -> b: motor[rms > 9.5 mm/s] within 10s select a.temp as temp, b.rms as rms
rule hot on worn { low when temp > 95 degC }
`;

const MOTOR = [
  ['00:00', 70, 1],
  ['00:10', 91, 4],
  ['00:20', 80, 7.5],
  ['00:30', 80, 8.5],
  ['00:40', 80, 7.9],
  ['01:00', 70, 1],
  ['10:00', 92, 1],
  ['10:05', 93, 5],
  ['10:10', 93, 9.8],
  ['10:20', 70, 11],
  ['10:21', 70, 13],
  ['20:00', 70, 1],
] as const;

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-matches-'));
  const at = (time: string) => `2025-03-10T08:${time}Z`;
  const motor = MOTOR.map(([time, temp, rms]) => `${at(time)},m1,n,${temp},${rms},good\n`).join('');
  writeFileSync(join(cwd, 'rules.mill'), RULES);
  writeFileSync(join(cwd, 'motor.csv'), `at,device,site,temp,rms,q\n${motor}`);
  writeFileSync(join(cwd, 'maintenance.csv'), `at,device,kind\n${at('02:00')},m1,start\n${at('21:00')},m1,end\n`);
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test.each([
  ['nothing has begun', 'wear', 'm1', '00:05'],
  ['a step is waited for, and came near', 'wear', 'm1', '00:50'],
  ['ended by unless', 'wear', 'm1', '03:00'],
  ['one waits, and another came as far', 'wear', 'm1', '10:15'],
  ['a match that is below the level', 'wear', 'm1', '10:30'],
  ['the next event was another', 'next', 'm1', '00:25'],
  ['what must not come came', 'calm', 'm1', '01:30'],
  ['what must not come may still come', 'calm', 'm1', '10:12'],
  ['none ran out of time', 'stuck', 'm1', '00:30'],
  ['what must not come before came before', 'fresh', 'm1', '10:30'],
  ['by another key', 'by_site', 'n', '10:04'],
  ['its time was over', 'by_site', 'n', '01:00'],
  ['one of two is waited for', 'either', 'm1', '03:00'],
  ['of a stream of matches', 'hot', 'm1', '10:30'],
])('%s', (name, rule, key, time) => {
  const told = ask(rule, key, time);
  const golden = join(import.meta.dirname, 'why-not', `${name.replaceAll(/\W+/g, '-')}.txt`);
  if (process.env['UPDATE']) writeFileSync(golden, told);
  expect(told).toBe(readFileSync(golden, 'utf8'));
});

test('one that was dropped, as more had begun than there may be, says so', () => {
  const from = Date.UTC(2025, 2, 10, 8);
  const times = Array.from({ length: 1_001 }, (_, i) => new Date(from + i * 100).toISOString());
  const many = times.map(at => `${at},m1,n,91,1,good\n`).join('');
  const folder = folderWith({
    'rules.mill': RULES,
    'motor.csv': `at,device,site,temp,rms,q\n${many}`,
    'maintenance.csv': 'at,device,kind\n',
  });
  const question = ['why-not', 'wear', 'm1', '2025-03-10 08:01:40.050', 'rules.mill'];
  const { code, out, err } = millrace(question, { cwd: folder });
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('MR4040') });
  expect(out).toContain('Of those that were not complete, the one that came furthest began at 08:00:00:\n');
  expect(out).toContain(
    '  it was dropped at 08:01:40: as many as there may be of one key had begun, and it was the oldest\n',
  );
});

test('as JSON', () => {
  const [told] = jsonLines(ask('wear', 'm1', '03:00', '--json'));
  expect(told).toMatchObject({
    matches: {
      statement: 'wear',
      is_of_timeouts: false,
      waiting: null,
      ended: {
        begun: '2025-03-10T08:00:10.000Z',
        bound: [
          { event: 0, name: 't', count: 1 },
          { event: 1, name: 'v', count: 1, first: '2025-03-10T08:00:30.000Z' },
        ],
        since: '2025-03-10T08:00:30.000Z',
        until: '2025-03-10T08:05:10.000Z',
        waits_for: [{ event: 1, name: 'v', seen: 2, nearest: { time: '2025-03-10T08:00:40.000Z' } }],
        end: { kind: 'unless', at: '2025-03-10T08:02:00.000Z', event: 2, name: 'maintenance' },
      },
      first: [],
    },
    members: { steps: expect.arrayContaining(['maintenance[kind == "start"]']) },
  });
});

function ask(rule: string, key: string, time: string, ...words: string[]): string {
  const { code, out, err } = millrace(['why-not', rule, key, `2025-03-10 08:${time}`, 'rules.mill', ...words], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}
