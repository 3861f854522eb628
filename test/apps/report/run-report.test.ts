import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { folderWith, jsonLines, millrace, startMillrace } from '../millrace.ts';
import { HOSTILE, READINGS, RULES } from './motor-readings.ts';

function project(): string {
  return folderWith({ 'motors.mill': RULES, 'readings.csv': READINGS });
}

describe('run --report', () => {
  test('writes one page, and says where; results are those of a run without', () => {
    const folder = project();
    const plain = millrace(['run', 'motors.mill', '--json'], { cwd: folder });
    const { code, out, err } = millrace(['run', 'motors.mill', '--json', '--report', 'out.html'], { cwd: folder });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(jsonLines(out)).toEqual(jsonLines(plain.out));
    const page = readFileSync(join(folder, 'out.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('Alerts of motors.mill');
    expect(page).not.toMatch(/\b(src|href)="(?!#|data:)/);
    expect(readdirSync(folder).filter(name => name.includes('.new'))).toEqual([]);
    const text = millrace(['run', 'motors.mill', '--report', 'out.html'], { cwd: folder }).out;
    expect(text).toContain('\nreport: out.html\n');
  });

  test('the same run gives the same page, with any number of workers', () => {
    const folder = project();
    const pageOf = (workers: string) => {
      millrace(['run', 'motors.mill', '--workers', workers, '--report', 'out.html'], { cwd: folder });
      return readFileSync(join(folder, 'out.html'), 'utf8');
    };
    expect(pageOf('2')).toBe(pageOf('0'));
  });

  test('what looks like markup in data and rules is text', () => {
    const folder = project();
    millrace(['run', 'motors.mill', '--report', 'out.html'], { cwd: folder });
    const page = readFileSync(join(folder, 'out.html'), 'utf8');
    expect(page).not.toContain(HOSTILE);
    expect(page).toContain('&lt;img src=x onerror=&quot;pwned=1&quot;&gt;');
    expect(page.match(/<script\b/g)?.length).toBe(3);
  });

  test('adds nothing to the state: a run without it goes on where one with it ended', () => {
    const folder = project();
    millrace(['run', 'motors.mill', '--state', 's', '--report', 'out.html'], { cwd: folder });
    const { code, err } = millrace(['run', 'motors.mill', '--state', 's', '--json'], { cwd: folder });
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('of a run that is stopped, it says so', async () => {
    const folder = project();
    const run = startMillrace(['run', 'motors.mill', '--follow', '--json', '--report', 'out.html'], { cwd: folder });
    let out = '';
    run.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
    await vi.waitFor(() => expect(out).toContain('"change":"raised"'), { timeout: 60_000 });
    expect(existsSync(join(folder, 'out.html'))).toBe(false);
    run.kill('SIGINT');
    await once(run, 'exit');
    const page = readFileSync(join(folder, 'out.html'), 'utf8');
    expect(page).toContain('The run was stopped before');
    expect(page).toContain('m1 is at');
  });

  test('of a run that fails, it says so, and what ended the run is told', () => {
    const folder = project();
    writeFileSync(join(folder, 'sound.mill'), RULES.replace('"readings.csv"', '"gone/readings.csv"'));
    const { code, err } = millrace(['run', 'sound.mill', '--report', 'out.html'], { cwd: folder });
    expect(code).not.toBe(0);
    expect(err).toMatch(/error\[MR5/);
    const page = readFileSync(join(folder, 'out.html'), 'utf8');
    expect(page).toContain('The run failed');
    expect(page).toContain('Nothing was read');
  });

  test.each([
    ['a folder', 'there'],
    ['a folder that is not there', 'gone/out.html'],
    ['a rule file', 'motors.mill'],
  ])('%s is refused before anything runs', (_, path) => {
    const folder = project();
    mkdirSync(join(folder, 'there'));
    const { code, out, err } = millrace(['run', 'motors.mill', '--report', path], { cwd: folder });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('error[MR7380]');
    expect(readFileSync(join(folder, 'motors.mill'), 'utf8')).toBe(RULES);
  });
});
