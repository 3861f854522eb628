import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { textOf } from '../../repository/tree.ts';
import { expectGolden } from '../golden-text.ts';
import { folderWith, jsonLines, millrace } from '../millrace.ts';
import { commitAll, labels, readings, rules } from './plant.ts';

vi.setConfig({ testTimeout: 60_000 });

const golden = (name: string) => join(import.meta.dirname, 'golden', `${name}.txt`);

const plant = (more: Readonly<Record<string, string>> = {}) =>
  folderWith({
    'readings.csv': readings(),
    'labels.csv': labels(),
    'rules.mill': rules('82 degC'),
    'old.mill': rules('92 degC'),
    ...more,
  });

describe('backtest', () => {
  test('shows what differs, by rule, and each difference', () => {
    const { code, out, err } = millrace(['backtest', 'rules.mill', '--against', 'old.mill'], { cwd: plant() });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expectGolden(out, golden('against-other-rules'));
  });

  test('alerts that come earlier, last longer, or reach another level, and rules of one version alone', () => {
    const cwd = plant({
      'rules.mill': rules(
        '88 degC',
        'rule warm on motor { low when temp > 89 degC  critical when temp > 93 degC }',
      ).replace('for 2m  clear when temp < 75 degC', 'for 1m  clear when temp < 75 degC for 5m'),
      'old.mill': rules(
        '88 degC',
        `rule warm on motor { low when temp > 89 degC }
rule cold on motor { low when temp < 71 degC for 38m }`,
      ),
    });
    const { code, out } = millrace(['backtest', 'rules.mill', '--against', 'old.mill', '--to', '2026-03-02 14:00'], {
      cwd,
    });
    expect(code).toBe(0);
    expectGolden(out, golden('earlier-and-changed'));
  });

  test('with labels, what each finds and raises for nothing', () => {
    const cwd = plant({ 'rules.mill': rules('88 degC') });
    const { code, out } = millrace(['backtest', 'rules.mill', '--against', 'old.mill', '--labels', 'labels.csv'], {
      cwd,
    });
    expect(code).toBe(0);
    expectGolden(out, golden('with-labels'));
    expect(textOf('docs/backtest.md')).toContain(out.trimEnd());
  });

  test('--json has each difference, each fault and each false alarm, and a summary', () => {
    const command = ['backtest', 'rules.mill', '--against', 'old.mill', '--labels', 'labels.csv', '--json'];
    const lines = jsonLines(millrace(command, { cwd: plant() }).out);
    const ofType = (type: string) => lines.filter(line => line['type'] === type);
    expect(ofType('difference').filter(line => line['difference'] === 'changed')).toEqual([]);
    expect(ofType('difference')).toContainEqual({
      type: 'difference',
      difference: 'same',
      rule: 'overheating',
      key: { device: 'm1' },
      before: { raised: '2026-03-02T13:22:00.000Z', cleared: '2026-03-02T13:50:00.000Z', level: 'high' },
      after: { raised: '2026-03-02T13:22:00.000Z', cleared: '2026-03-02T13:50:00.000Z', level: 'high' },
      later_by_s: 0,
    });
    expect(ofType('fault')).toHaveLength(3);
    expect(ofType('fault')[0]).toMatchObject({
      name: 'fault 1',
      before: null,
      after: { rule: 'overheating', raised: '2026-03-02T03:22:00.000Z', in_time: true },
    });
    const [summary] = ofType('summary');
    expect(summary).toMatchObject({
      before: { rules: 'old.mill', faults: 3, in_time: 1, missed: 2, false_alarms: 0 },
      after: { rules: 'rules.mill', faults: 3, in_time: 3, missed: 0, found_after_s: 120 },
      keys: 3,
    });
    expect(ofType('false_alarm')).toHaveLength((summary!['after'] as { false_alarms: number }).false_alarms);
    expect(lines.at(-1)).toBe(summary);
  });

  test('reads the history of both from where the files say, whatever the other version says', () => {
    const cwd = plant({ 'old.mill': rules('82 degC').replace('readings.csv', 'nowhere.csv') });
    const { code, out } = millrace(['backtest', 'rules.mill', '--against', 'old.mill'], { cwd });
    expect(code).toBe(0);
    expect(out).toContain('No alert differs.');
  });

  test('--source reads it from elsewhere', () => {
    const cwd = plant();
    writeFileSync(join(cwd, 'other.csv'), 'device,temp,at\nm9,99,2026-03-02T00:00:00Z\nm9,99,2026-03-02T00:05:00Z\n');
    const command = ['backtest', 'rules.mill', '--against', 'old.mill', '--source', 'motor=other.csv', '--json'];
    expect(jsonLines(millrace(command, { cwd }).out)).toMatchObject([
      { difference: 'same', key: { device: 'm9' } },
      { type: 'summary', keys: 1 },
    ]);
  });

  test('routes and stores of the rules are left alone', () => {
    const cwd = plant({
      'rules.mill': rules('82 degC', 'route alerts to file "sent.ndjson"\nstore motor keep 30d\n'),
    });
    expect(millrace(['backtest', 'rules.mill', '--against', 'old.mill'], { cwd }).code).toBe(0);
    expect(() => writeFileSync(join(cwd, 'sent.ndjson'), '', { flag: 'wx' })).not.toThrow();
  });
});

describe('over a part of the past', () => {
  const COMMAND = ['backtest', 'rules.mill', '--against', 'old.mill', '--labels', 'labels.csv', '--json'];

  test('stored series are read, and threads share the keys', () => {
    const cwd = plant({ 'rules.mill': rules('88 degC', 'store motor keep 30d\n') });
    const store = ['--store', 'duckdb:plant.duckdb'];
    expect(millrace(['run', 'rules.mill', ...store], { cwd }).code).toBe(0);
    writeFileSync(join(cwd, 'readings.csv'), 'device,temp,at\n');
    const lines = (...options: readonly string[]) =>
      jsonLines(millrace([...COMMAND, ...store, ...options], { cwd }).out);
    const stored = lines();
    expect(stored.at(-1)).toMatchObject({
      after: { in_time: 3 },
      before: { in_time: 1 },
      differences: { new: 2, same: 1 },
    });
    expect(lines('--workers', '2')).toEqual(stored);
    const { out } = millrace([...COMMAND.slice(0, -1), ...store], { cwd });
    expect(out).toContain('over the stored series motor');
  });

  test('--from, --to and --key bound what is compared, and which labels count', () => {
    const cwd = plant({ 'rules.mill': rules('88 degC') });
    const summary = (...options: readonly string[]) =>
      jsonLines(millrace([...COMMAND, ...options], { cwd }).out).at(-1);
    expect(summary('--from', '2026-03-02T06:00:00Z')).toMatchObject({
      differences: { new: 1, same: 1 },
      after: { faults: 2, in_time: 2 },
      labels_left_out: 1,
    });
    expect(summary('--to', '2026-03-02 06:00')).toMatchObject({
      differences: { new: 1, same: 0 },
      after: { faults: 1 },
    });
    expect(summary('--key', 'device=m2')).toMatchObject({
      differences: { new: 1, same: 0 },
      keys: 1,
      labels_left_out: 2,
    });
  });

  test('no label may be in it, and a stream may have no past', () => {
    const cwd = plant();
    const { code, err } = millrace([...COMMAND, '--from', '2026-03-02T20:00:00Z'], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('error[MR7362]: no label begins in the history that is read');
    writeFileSync(
      join(cwd, 'rules.mill'),
      rules('82 degC').replace('from file "readings.csv"', 'from memory "motor" json'),
    );
    expect(millrace(COMMAND, { cwd }).err).toContain('error[MR7341]');
  });
});

describe('against a revision of git', () => {
  test('the same files are read, and what they include', () => {
    const cwd = plant();
    mkdirSync(join(cwd, 'parts'));
    writeFileSync(join(cwd, 'parts', 'limits.mill'), 'let limit = 92 degC\n');
    writeFileSync(join(cwd, 'rules.mill'), rules('0').replace('let limit = 0', 'include "parts/limits.mill"'));
    commitAll(cwd, 'first');
    writeFileSync(join(cwd, 'parts', 'limits.mill'), 'let limit = 88 degC\n');
    const { code, out, err } = millrace(['backtest', 'rules.mill', '--against', 'git:HEAD'], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expectGolden(out, golden('against-git'));
  });

  test('from another folder than theirs, and with files that are not there any more', () => {
    const cwd = plant({ 'limits.mill': 'let limit = 92 degC\n' });
    writeFileSync(join(cwd, 'rules.mill'), rules('0').replace('let limit = 0', 'include "limits.mill"'));
    commitAll(cwd, 'first');
    writeFileSync(join(cwd, 'rules.mill'), rules('92 degC'));
    writeFileSync(join(cwd, 'limits.mill'), 'not a rule');
    const { code, out } = millrace(['backtest', join(cwd, 'rules.mill'), '--against', 'git:HEAD']);
    expect(code).toBe(0);
    expect(out).toContain('No alert differs.');
  });

  test('what is wrong there is told with the revision', () => {
    const cwd = plant({ 'rules.mill': rules('92 bar') });
    commitAll(cwd, 'first');
    writeFileSync(join(cwd, 'rules.mill'), rules('92 degC'));
    const { code, err } = millrace(['backtest', 'rules.mill', '--against', 'git:HEAD'], { cwd });
    expect(code).toBe(1);
    expect(err).toContain('--> git:HEAD:rules.mill:3:');
    expect(err).toContain('temp > limit');
  });

  test.each([
    ['git:nowhere', 'git does not find "nowhere"'],
    ['git:--help', 'git does not find "--help"'],
    ['git:', 'is no revision'],
  ])('%s is not found', (version, text) => {
    const cwd = plant();
    commitAll(cwd, 'first');
    const { code, err } = millrace(['backtest', 'rules.mill', '--against', version], { cwd });
    expect(code).toBe(2);
    expect(err).toContain('error[MR7360]');
    expect(err).toContain(text);
  });

  test('files that were not in it, and folders without a repository', () => {
    const cwd = plant();
    expect(millrace(['backtest', 'rules.mill', '--against', 'git:HEAD'], { cwd }).err).toContain('error[MR7360]');
    commitAll(cwd, 'first');
    writeFileSync(join(cwd, 'new.mill'), rules('92 degC'));
    const { err } = millrace(['backtest', 'new.mill', '--against', 'git:HEAD'], { cwd });
    expect(err).toContain('error[MR7360]: new.mill cannot be read in HEAD');
  });
});

describe('usage', () => {
  test('another version is needed', () => {
    const { code, err } = millrace(['backtest', 'rules.mill'], { cwd: plant() });
    expect(code).toBe(2);
    expect(err).toContain('--against');
  });
});
