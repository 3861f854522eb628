import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith, millrace, startMillrace } from '../apps/millrace.ts';
import { root } from '../repository/tree.ts';

const folder = join(root, 'examples/pump-station');
const [rules, truth, page] = ['rules.mill', 'truth.mill', 'README.md'].map(name => join(folder, name)) as [
  string,
  string,
  string,
]; // as: there are three

test('its rules are good, in the one format, and pass their tests, which reach all of them', () => {
  expect(millrace(['check', truth])).toMatchObject({ code: 0, err: '' });
  expect(millrace(['fmt', '--check', rules, truth])).toMatchObject({ code: 0, out: '' });
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
