import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { folderWith, jsonLines, millrace } from '../millrace.ts';
import { HOSTILE, READINGS, RULES } from './motor-readings.ts';

vi.setConfig({ testTimeout: 120_000 });

const STORED = `${RULES}
stream minute = from motor window tumbling 1m select max(temp) as hottest
store motor keep 30d
store minute keep 30d
rule hot_minute on minute { medium when hottest > 87 degC }
rule many on alerts where rule == "overheating" by global { low when count(rule, 1h) > 1  clear after 30m }
`;

/** As a page has them, of two pages: what a page draws, and the alerts in its table. */
function pageOf(folder: string, ...options: readonly string[]): string {
  const { code, err } = millrace(['replay', 'motors.mill', '--report', 'out.html', ...options], { cwd: folder });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return readFileSync(join(folder, 'out.html'), 'utf8');
}

/** What the page's script draws. */
type Drawn = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: readonly { readonly timesMs: readonly number[] }[];
};

function drawnOn(page: string): Drawn {
  return JSON.parse(/id="report-data">(.*?)<\/script>/s.exec(page)![1]!) as Drawn;
}

const rows = (page: string) => [...page.matchAll(/<tr>\n(.*?)\n<\/tr>/gs)].map(([, row]) => row!);

/** A run that stored its readings, whose file is gone. */
function stored(): string {
  const folder = folderWith({ 'motors.mill': STORED, 'readings.csv': READINGS });
  expect(millrace(['run', 'motors.mill', '--store', 'duckdb:plant.duckdb'], { cwd: folder }).code).toBe(0);
  writeFileSync(join(folder, 'readings.csv'), 'device,temp,rms,at\n');
  return folder;
}

const STORE = ['--store', 'duckdb:plant.duckdb'] as const;

describe('replay --report', () => {
  test('writes the page of a run over the same readings, and says where; results are those without', () => {
    const folder = folderWith({ 'motors.mill': RULES, 'readings.csv': READINGS });
    const plain = millrace(['replay', 'motors.mill', '--json'], { cwd: folder });
    const command = ['replay', 'motors.mill', '--json', '--report', 'out.html'];
    expect(jsonLines(millrace(command, { cwd: folder }).out)).toEqual(jsonLines(plain.out));
    const replayed = readFileSync(join(folder, 'out.html'), 'utf8');
    millrace(['run', 'motors.mill', '--report', 'run.html'], { cwd: folder });
    expect(replayed).toBe(readFileSync(join(folder, 'run.html'), 'utf8'));
    expect(replayed).not.toContain(HOSTILE);
    const { out } = millrace(['replay', 'motors.mill', '--report', 'out.html'], { cwd: folder });
    expect(out).toMatch(/ events, \d+ changes of alerts in .*\nreport: out\.html\n$/);
  });

  test('threads that share the keys of a store give the same page, whatever the rules read', () => {
    const folder = stored();
    const page = pageOf(folder, ...STORE, '--workers', '0');
    expect(rows(page).length).toBeGreaterThan(5);
    for (const rule of ['overheating', 'odd_vibration', 'hot_minute', 'many'])
      expect(page).toContain(`<h2>${rule}</h2>`);
    expect(pageOf(folder, ...STORE, '--workers', '2')).toBe(page);
    const keyed = ['--rule', 'overheating', '--rule', 'odd_vibration', '--rule', 'hot_minute'];
    const shared = pageOf(folder, ...STORE, ...keyed, '--workers', '3');
    expect(pageOf(folder, ...STORE, ...keyed, '--workers', '0')).toBe(shared);
    expect(drawnOn(shared).points.length).toBe(7); // readings of each device, and minutes of those that were hot
  });

  test('draws what is told: these times, rules and keys', () => {
    const folder = stored();
    const page = pageOf(
      folder,
      ...[...STORE, '--from', '2025-03-10T08:30:00Z', '--to', '2025-03-10T09:20:00Z'],
      ...['--rule', 'overheating', '--key', 'device=m1', '--workers', '2'],
    );
    const drawn = drawnOn(page);
    const [fromMs, toMs] = [Date.parse('2025-03-10T08:30:00Z'), Date.parse('2025-03-10T09:20:00Z')];
    const times = drawn.points.flatMap(({ timesMs }) => timesMs);
    expect(times.length).toBe(300); // fifty minutes of one device
    expect(Math.min(...times)).toBe(fromMs);
    expect(Math.max(...times)).toBe(toMs - 10_000);
    expect(drawn).toMatchObject({ fromMs, toMs: toMs - 10_000 });
    expect(rows(page).length).toBe(1);
    expect(page).toContain('<h2>overheating</h2>');
    expect(page).not.toContain('odd_vibration');
    expect(page).not.toContain('m4');
  });

  test('leaves series and alerts that are written as they would be without', () => {
    const folder = stored();
    const rowsOf = (...options: readonly string[]) => {
      const { code, out } = millrace(['replay', 'motors.mill', '--into', 'series', '--json', ...STORE, ...options], {
        cwd: folder,
      });
      expect(code).toBe(0);
      return jsonLines(out).at(-1)!['rows'];
    };
    expect(rowsOf('--report', 'out.html')).toBe(rowsOf());
    expect(readFileSync(join(folder, 'out.html'), 'utf8')).toContain('<h2>hot_minute</h2>');
  });

  test('of a replay that fails, it says so, and what ended it is told', () => {
    const folder = folderWith({ 'motors.mill': RULES });
    const { code, err } = millrace(['replay', 'motors.mill', '--report', 'out.html'], { cwd: folder });
    expect(code).not.toBe(0);
    expect(err).toMatch(/error\[MR5/);
    expect(readFileSync(join(folder, 'out.html'), 'utf8')).toContain('The run failed');
  });

  test.each([
    ['a folder', 'there'],
    ['a rule file', 'motors.mill'],
  ])('%s is refused before anything runs', (_, path) => {
    const folder = folderWith({ 'motors.mill': RULES, 'readings.csv': READINGS });
    mkdirSync(join(folder, 'there'));
    const { code, out, err } = millrace(['replay', 'motors.mill', '--report', path], { cwd: folder });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('error[MR7380]');
  });
});
