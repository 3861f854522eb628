import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderWith, jsonLines, millrace, type Result } from './millrace.ts';

const RULES = `
stream motor from file "motor.csv" csv {
  key device: symbol  site: symbol  temp: float degC  speed: float rpm  ok: bool  time ts as ms  lateness 5s
}
stream motor_1m = from motor where ok window tumbling 1m select avg(temp) as mean
rule hot on motor_1m { high when mean > 90 degC for 1m }
rule unusual on motor { high when temp > avg(temp, 1h) + 5 K }
rule old on motor { low when changed(ok) }
`;

const DATA = 'device,site,temp,speed,ok,ts\nd1,s,80,1,true,1700000000000\n';

const cwd = mkdtempSync(join(tmpdir(), 'millrace-plan-'));

beforeAll(() => {
  writeFileSync(join(cwd, 'rules.mill'), RULES);
  writeFileSync(join(cwd, 'motor.csv'), DATA);
  const { code, err } = millrace(['run', 'rules.mill', '--state', 'state'], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** What is kept of the state of the rules where they are changed. */
function planAfter(change: (rules: string) => string, options: readonly string[] = []): Result {
  writeFileSync(join(cwd, 'next.mill'), change(RULES));
  return millrace(['plan', 'next.mill', '--state', 'state', ...options], { cwd });
}

/** Without the width of columns. */
function rowsOf({ code, out, err }: Result): string[] {
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.split('\n').map(line => line.replaceAll(/ {2,}/g, ' | '));
}

describe('plan', () => {
  test('the same rules keep everything', () => {
    expect(rowsOf(planAfter(rules => rules))).toEqual([
      'kept | stream motor',
      'kept | window motor_1m',
      'kept | rule hot',
      'kept | range avg(temp, 1h) of motor',
      'kept | rule unusual',
      'kept | history changed(ok) of motor',
      'kept | rule old',
      '7 kept, 0 empty, 0 gone',
      '',
    ]);
  });

  test('what is empty or gone says why, in the words of the rules', () => {
    const change = (rules: string) =>
      rules
        .replace('where ok', 'where ok and speed > 10 rpm')
        .replace('5 K', '2 * stddev(speed, 1h) / 1 rpm * 1 K')
        .replace(/rule old.*/, '')
        .replace('motor.csv', 'engine.csv');
    expect(rowsOf(planAfter(change))).toEqual([
      'kept | stream motor | it reads file "engine.csv" from its start; it read file "motor.csv"',
      'empty | window motor_1m | it is of rows where `ok and speed > 10`; it was where `ok`; motor is not stored, so it is warm after 1m',
      'kept | rule hot',
      'empty | range avg(temp, 1h), stddev(speed, 1h) of motor | stddev(speed, 1h) is new; motor is not stored, so it is warm after 1h',
      'kept | rule unusual',
      'gone | history changed(ok) of motor | these rules have no use for it',
      'gone | rule old | these rules have no use for it',
      '3 kept, 2 empty, 2 gone',
      '',
    ]);
  });

  test('a run with the changed rules goes on with what is kept', () => {
    const line = (second: number, temp: number) => `d1,s,${temp},1,true,${1_700_000_000_000 + second * 1000}`;
    const readings = (from: number, to: number, temp: number) =>
      Array.from({ length: to - from }, (_, i) => line(from + i, temp));
    const header = 'device,site,temp,speed,ok,ts';
    const first = [header, ...readings(0, 30, 95)];
    const rules = `${RULES} rule high on motor { high when temp > 90 degC for 20s }`;
    const folder = folderWith({ 'rules.mill': rules, 'motor.csv': `${first.join('\n')}\n` });
    const run = () => jsonLines(millrace(['run', 'rules.mill', '--json', '--state', 'state'], { cwd: folder }).out);
    const raised = run().find(alert => alert.rule === 'high');
    writeFileSync(join(folder, 'motor.csv'), `${[...first, ...readings(30, 40, 85)].join('\n')}\n`);
    const next = rules.replaceAll('motor_1m', 'minute').replace('temp > 90 degC for 20s', 'temp > 80 degC for 5s');
    writeFileSync(join(folder, 'rules.mill'), next);
    expect(run().filter(alert => alert.rule === 'high')).toEqual([]); // it fires already, and 85 degC is above 80
    writeFileSync(join(folder, 'motor.csv'), `${[...first, ...readings(30, 40, 85), line(40, 70)].join('\n')}\n`);
    expect(run()).toContainEqual(expect.objectContaining({ rule: 'high', change: 'cleared', id: raised!.id }));
  });

  test('--json: one object a line', () => {
    const lines = jsonLines(planAfter(rules => rules.replace(/rule old.*/, ''), ['--json']).out);
    expect(lines).toContainEqual({ type: 'state', state: 'kept', kind: 'rule', name: 'hot', reason: null });
    const reason = 'these rules have no use for it';
    expect(lines.at(-1)).toEqual({ type: 'state', state: 'gone', kind: 'rule', name: 'old', reason });
  });

  test('where nothing is stored, everything starts empty', () => {
    const folder = folderWith({ 'rules.mill': RULES });
    expect(millrace(['plan', 'rules.mill', '--state', 'state'], { cwd: folder })).toEqual({
      code: 0,
      out: 'Everything starts empty: nothing is stored in state.\n',
      err: '',
    });
    expect(millrace(['plan', 'rules.mill'], { cwd: folder }).out).toMatch(/^Everything starts empty: no folder/);
    const lines = jsonLines(millrace(['plan', 'rules.mill', '--json'], { cwd: folder }).out);
    expect(new Set(lines.map(line => line.state))).toEqual(new Set(['empty']));
  });

  test('rules with errors are not compared', () => {
    const folder = folderWith({ 'rules.mill': 'rule hot on nothing { high when x > 1 }' });
    const { code, err } = millrace(['plan', join(folder, 'rules.mill')]);
    expect(code).toBe(1);
    expect(err).toContain('error[MR');
  });
});
