import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, millrace, startMillrace } from '../apps/millrace.ts';
import { root } from '../repository/tree.ts';

/** How many days without limits are watched, the first of them for learning; `MILLRACE_DAYS=31` in `npm run test:soak`. */
const DAYS = Number(process.env['MILLRACE_DAYS'] ?? 2);

const folder = join(root, 'examples/pump-station');
const [rules, truth, page] = ['rules.mill', 'truth.mill', 'README.md'].map(name => join(folder, name)) as [
  string,
  string,
  string,
]; // as: there are three

test('its rules are good, and pass their tests, which reach all of them', () => {
  expect(millrace(['check', truth])).toMatchObject({ code: 0, err: '' });
  const result = millrace(['test', '--coverage', rules]);
  expect(result).toMatchObject({ code: 0, out: expect.stringMatching(/[1-9]\d* passed, 0 failed/) });
  expect(result.out).toContain('every rule and level is reached by a test');
}, 120_000);

test('they find every fault of the day in time, with few false alarms, as the page says', async () => {
  const cwd = folderWith({});
  const run = startMillrace(['run', truth, '--json', '--print', 'fault'], { cwd });
  let lines = '';
  run.stdout!.on('data', chunk => {
    lines += chunk;
  });
  expect(await new Promise(resolve => run.on('close', resolve))).toBe(0);
  writeFileSync(join(cwd, 'day.ndjson'), lines);
  const { code, out } = millrace(['score', 'day.ndjson', 'day.ndjson', '--machines', '20'], { cwd });
  expect(code).toBe(0);
  const [, inTime, all] = /^(\d+) of (\d+) faults found in time$/m.exec(out) ?? expect.fail(out);
  expect(inTime).toBe(all);
  expect(Number(/: ([\d.]+) for each machine and day/.exec(out)![1])).toBeLessThan(1);
  expect(readFileSync(page, 'utf8')).toContain(out);
}, 300_000);

test('without any limit they find every kind of fault in time, with less than two false alarms of a pump in 30 days', async () => {
  const names = ['without-limits.mill', 'truth-without-limits.mill'];
  const texts = names.map(name => readFileSync(join(folder, name), 'utf8').replaceAll('days=4', `days=${DAYS}`));
  const cwd = folderWith(Object.fromEntries(names.map((name, i) => [name, texts[i]!])));
  expect(millrace(['fmt', '--check', ...names], { cwd })).toMatchObject({ code: 0, out: '' });
  const run = startMillrace(['run', 'truth-without-limits.mill', '--json', '--print', 'fault'], { cwd });
  let lines = '';
  run.stdout!.on('data', chunk => {
    lines += chunk;
  });
  expect(await new Promise(resolve => run.on('close', resolve))).toBe(0);
  const judged = lines.split('\n').filter(line => !line.includes('"time":"2026-03-02'));
  writeFileSync(join(cwd, 'judged.ndjson'), judged.join('\n'));
  const words = ['judged.ndjson', 'judged.ndjson', '--machines', '20', '--days', String(DAYS - 1)];
  const { code, out } = millrace(['score', ...words], { cwd });
  expect(code).toBe(0);
  const found = out.split('\n').filter(line => line.endsWith('yes'));
  for (const kind of [
    'bearing_wear',
    'blocked_filter',
    'dry_running',
    'cavitation',
    'stuck_sensor',
    'silent_gateway',
    'clock_jump',
  ])
    expect(
      found.some(line => line.includes(` ${kind}`)),
      `${kind}\n${out}`,
    ).toBe(true);
  expect(30 * Number(/: ([\d.]+) for each machine and day/.exec(out)![1]), out).toBeLessThan(2);
  if (DAYS === 4) expect(readFileSync(page, 'utf8')).toContain(out);
}, 3_600_000);
