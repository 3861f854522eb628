import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { root } from '../repository/tree.ts';
import { sharedQuestDb } from '../services/servers.ts';
import { folderWith, jsonLines, millrace, type Result } from './millrace.ts';

vi.setConfig({ testTimeout: 60_000 });

const RULES = `stream m from file "m.csv" {
  key site: symbol  key device: symbol  temp: float degC  q: quality default good  state: symbol  time at as iso  lateness 2s
}
store m
rule hot on m where temp > 0 degC {
  high     when temp > 85 degC for 10s gap 5s
  medium   when avg(temp, 10s) > 80 degC and temp < 100 degC
  clear    after 5s
  while    state == "run" settle 5s
  cooldown 30s
  quality  good else unknown
  message  "{device} is at {temp}"
}
rule average on m by site { low when avg(temp, 5s) > 88 degC  clear when avg(temp, 5s) < 60 degC }
rule cooled on a: m[temp > 85 degC] -> b: m[temp < 80 degC]{2} within 1m { info  clear after 3s }
route alerts to file "alerts.ndjson"
`;
const AT = '2025-03-10 08:';

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'millrace-why-'));
  const files = { 'rules.mill': RULES, 'm.csv': readings(), 'millrace.yaml': 'store: duckdb:plant.duckdb\nrules: .\n' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  expect(millrace(['run', 'rules.mill', '--json', '--state', 'state'], { cwd })).toMatchObject({ code: 0 });
}, 60_000);

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe('why', () => {
  test('tells what led to a raise, to a higher level, and to its end', () => {
    const told = ask('why', idOf('raised', '08:01:07'), 'rules.mill');
    expectStory('raise-level-clear', told);
  });

  test('a level that waited for `while` to settle counts from then', () => {
    expectStory('while-settles', ask('why', idOf('raised', '08:02:08'), 'rules.mill'));
  });

  test('a rule by another key', () => {
    expectStory('by-site', ask('why', idOf('raised', '08:00:24', 'average'), 'rules.mill'));
  });

  test('a match of a pattern', () => {
    expectStory('pattern', ask('why', idOf('raised', '08:00:29', 'cooled'), 'rules.mill'));
  });

  test('says the same of the alert itself, of the file that a route wrote, and from the file of readings', () => {
    const id = idOf('raised', '08:01:07');
    const line = alerts().find(alert => alert['id'] === id)!;
    const told = ask('why', id, 'rules.mill');
    const { out, err } = millrace(['why', '-', 'rules.mill'], { cwd, input: `noise\n${JSON.stringify(line)}\n` });
    expect({ out, err }).toEqual({ out: told, err: '' });
    const again = ask('why', id, 'rules.mill', '--store', 'none');
    const from = (text: string) => text.replace('m from file m.csv', 'the stored series m');
    expect(from(again)).toBe(told);
    writeFileSync(join(cwd, 'one.json'), JSON.stringify({ specversion: '1.0', data: line }));
    expect(ask('why', 'one.json')).toBe(told); // the rules of the folder
  });

  test('as JSON', () => {
    const [told] = jsonLines(ask('why', idOf('raised', '08:01:07'), 'rules.mill', '--json'));
    const { story, ...rest } = told!;
    expect(rest).toMatchObject({
      type: 'why',
      rule: 'hot',
      key: { site: 'n', device: 'd1' },
      is_same: true,
      members: { levels: ['high when temp > 85 degC for 10s gap 5s', expect.any(String)] },
    });
    expect(rest['raised_by']).toBe(rest['rule_version']);
    const changes = (story as Record<string, unknown>[]).filter(({ kind }) => kind === 'change');
    expect(changes.map(({ time, change, level }) => `${String(time)} ${String(change)} ${String(level)}`)).toEqual([
      '2025-03-10T08:01:07.000Z raised medium',
      '2025-03-10T08:01:10.000Z level high',
      '2025-03-10T08:01:29.000Z cleared high',
    ]);
  });

  test('a rule that has changed since, and does not raise it any more, says both', () => {
    writeFileSync(join(cwd, 'changed.mill'), RULES.replace('> 80 degC', '> 95 degC').replace('> 85 degC', '> 95 degC'));
    const told = ask('why', idOf('raised', '08:01:07'), 'changed.mill');
    expect(told).toContain('the rule raises nothing, and not this alert.');
    expect(told).toMatch(
      /The rule has changed since: it was raised by version [0-9a-f]{12}, and this is [0-9a-f]{12}\./,
    );
  });
});

describe('why not', () => {
  test.each([
    ['it had one', '01:15'],
    ['pending, and interrupted before', '01:35'],
    ['`while` does not hold', '02:01'],
    ['`while` has yet to settle', '02:06'],
    ['the reading is not good', '02:33'],
    ['`where` leaves it out', '02:45'],
    ['not hot', '03:00'],
    ['before the first reading but one', '00:00'],
  ])('%s', (_, time) => {
    expectStory(`not-${time.replace(':', '')}`, ask('why-not', 'hot', 'n,d1', `${AT}${time}`, 'rules.mill'));
  });

  test('no match of a pattern', () => {
    const told = ask('why-not', 'cooled', 'n,d1', `${AT}00:50`, 'rules.mill');
    expect(told).toContain('The last match of its pattern was complete at 08:00:29, 21s before, and none since.');
  });

  test('the file of readings says the same as what is stored of it', () => {
    const of = (store: string) => {
      const [line] = jsonLines(ask('why-not', 'hot', 'n,d1', `${AT}02:33`, 'rules.mill', '--json', '--store', store));
      const { read: _, late: _late, rejected: _rejected, ...answer } = line!;
      return answer;
    };
    expect(of('none')).toEqual(of('duckdb:plant.duckdb'));
  });
});

test('QuestDB gives the same answers as a DuckDB file', async () => {
  const url = await sharedQuestDb();
  const stream = `why_${process.pid}_${Date.now()}`;
  const folder = folderWith({ 'q.mill': RULES.replaceAll(/\bm\b(?!\.csv)/g, stream), 'm.csv': readings() });
  const store = ['--store', `questdb:${url}`];
  const run = millrace(['run', 'q.mill', '--json', ...store], { cwd: folder });
  expect(run.code, run.err).toBe(0);
  const same = (text: string) =>
    text
      .replaceAll(stream, 'm')
      .replace(/Rule version \w+/, '')
      .replace(/alert [0-9a-f]+/, '');
  const ofQuestDb = (...words: string[]) => millrace([...words, 'q.mill', ...store], { cwd: folder }).out;
  const question = ['why-not', 'hot', 'n,d1', `${AT}02:33`];
  await vi.waitFor(() => expect(same(ofQuestDb(...question))).toBe(same(ask(...question, 'rules.mill'))), 30_000);
  const lines = run.out.split('\n').filter(line => line.includes('"rule":"hot"') && line.includes('08:02:'));
  const told = millrace(['why', '-', 'q.mill', ...store], { cwd: folder, input: lines.join('\n') }).out;
  expect(same(told)).toBe(same(ask('why', idOf('raised', '08:02:08'), 'rules.mill')));
});

describe('questions that cannot be answered', () => {
  test.each([
    ['MR7320', ['why', 'ffff', 'rules.mill']],
    ['MR7320', ['why', 'no-such-thing', 'rules.mill']],
    ['MR7321', ['why', 'alerts.ndjson', 'rules.mill']],
    ['MR7322', ['why', 'ffff'], { 'millrace.yaml': 'rules: empty\n' }],
    ['MR7323', ['why-not', 'hott', 'n,d1', `${AT}02:00`, 'rules.mill']],
    ['MR7324', ['why-not', 'hot', 'n', `${AT}02:00`, 'rules.mill']],
    ['MR7325', ['why', 'm.csv', 'rules.mill']],
    ['MR7050', ['why-not', 'hot', 'n,d1', 'later', 'rules.mill']],
    ['MR7329', ['why-not', 'hot', 'n,d9', `${AT}02:00`, 'rules.mill']],
    ['MR7329', ['why-not', 'hot', 'n,d1', '2024-01-01', 'rules.mill']],
  ])('%s: %j', (code, words, files: Record<string, string> = {}) => {
    const folder = Object.keys(files).length === 0 ? cwd : folderWith(files);
    const { code: exit, err } = millrace(words, { cwd: folder });
    expect({ exit, code: /\[(MR\d+)\]/.exec(err)?.[1], hint: err.includes('= hint: ') }).toEqual({
      exit: 2,
      code,
      hint: true,
    });
  });
});

/** As a user reads it; UPDATE=1 rewrites it. */
function expectStory(name: string, told: string): void {
  const golden = join(import.meta.dirname, 'why', `${name}.txt`);
  if (process.env['UPDATE']) writeFileSync(golden, told);
  expect(told).toBe(readFileSync(golden, 'utf8'));
}

describe('what pages show', () => {
  const skeleton = join(root, 'apps/cli/skeleton');
  const shownIn = (page: string) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/```text\n([\s\S]*?)```/g)].map(([, text]) => text);

  test('is what the commands print', () => {
    const run = (words: readonly string[], input = '') => millrace(words, { cwd: skeleton, input }).out;
    const story = run(['why', '-', 'pumps.mill'], run(['run', 'pumps.mill', '--json']));
    const answer = run(['why-not', 'overheating', 'north', '2025-03-10 08:06:45', 'pumps.mill']);
    const ofMatches = readFileSync(join(root, 'test/apps/why-not/ended-by-unless.txt'), 'utf8');
    expect(shownIn('docs/explanations.md')).toEqual([story, answer, ofMatches]);
    expect(shownIn('README.md')).toContain(answer);
  });
});

function ask(...words: string[]): string {
  const result: Result = millrace(words, { cwd });
  expect({ code: result.code, err: result.err }, words.join(' ')).toEqual({ code: 0, err: '' });
  return result.out;
}

function alerts(): Record<string, unknown>[] {
  return jsonLines(ask('query', 'SELECT * FROM alerts ORDER BY time', '--json')).map(row => ({
    ...row,
    type: 'alert',
    key: JSON.parse(String(row['key'])),
    provenance: row['provenance'] === null ? undefined : JSON.parse(String(row['provenance'])),
  }));
}

function idOf(change: string, time: string, rule = 'hot'): string {
  const found = alerts().filter(alert => alert['rule'] === rule && alert['change'] === change);
  const alert = found.find(({ time: at }) => String(at).includes(`T${time}`));
  expect(alert, found.map(({ time: at }) => at).join(', ')).toBeDefined();
  return String(alert!['id']);
}

/** A reading a second: hot for too short a time, hot, hot again too soon, behind a stop, bad, and none at all. */
function readings(): string {
  const rows = Array.from({ length: 200 }, (_, s) => {
    const temp = temperatureAt(s);
    return `${timeAt(s)},n,d1,${temp},${s >= 150 && s < 155 ? 'bad' : 'good'},${s >= 118 && s < 123 ? 'stop' : 'run'}`;
  });
  rows.splice(100, 0, `${timeAt(90)},n,d1,99,good,run`); // late
  rows.splice(120, 0, `${timeAt(119)},n,d1,abc,good,run`); // rejected
  return `at,site,device,temp,q,state\n${rows.join('\n')}\n`;
}

function temperatureAt(s: number): number {
  const stretches = [
    [20, 27, 90],
    [27, 28, 84.5],
    [60, 80, 90],
    [90, 105, 92],
    [120, 140, 90],
    [150, 155, 95],
    [160, 170, -5],
  ] as const;
  return stretches.find(([from, to]) => s >= from && s < to)?.[2] ?? 70;
}

function timeAt(s: number): string {
  return new Date(Date.UTC(2025, 2, 10, 8) + s * 1_000).toISOString();
}
