import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { textOf } from '../../repository/tree.ts';
import { expectGolden } from '../golden-text.ts';
import { folderWith, jsonLines, millrace } from '../millrace.ts';
import { labels, readings, rules } from './plant.ts';

vi.setConfig({ testTimeout: 60_000 });

const golden = (name: string) => join(import.meta.dirname, 'golden', `${name}.txt`);

const plant = (more: Readonly<Record<string, string>> = {}) =>
  folderWith({ 'readings.csv': readings(), 'labels.csv': labels(), 'rules.mill': rules('92 degC'), ...more });

const TUNE = ['tune', 'overheating', 'rules.mill', '--labels', 'labels.csv'];

describe('tune', () => {
  test('finds the limit that finds all faults and nothing else', () => {
    const { code, out, err } = millrace([...TUNE, '--vary', 'limit=80..96:9'], { cwd: plant() });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expectGolden(out, golden('tune'));
    expect(textOf('docs/backtest.md')).toContain(out.trimEnd());
  });

  test('--json has every trial, the curve, what is there and the best', () => {
    const lines = jsonLines(millrace([...TUNE, '--vary', 'limit=80..96:9', '--json'], { cwd: plant() }).out);
    const trials = lines.filter(({ type }) => type === 'trial');
    expect(trials.map(({ constants }) => (constants as { limit: string }).limit)).toEqual(
      [80, 82, 84, 86, 88, 90, 92, 94, 96].map(limit => `${limit} degC`),
    );
    const limits = (mark: string) =>
      trials.flatMap(line => (line[mark] ? [(line['constants'] as { limit: string }).limit] : []));
    expect(limits('on_curve')).toEqual(['84 degC', '86 degC', '88 degC']);
    expect(limits('current')).toEqual(['92 degC']);
    expect(limits('best')).toEqual(['86 degC']);
    expect(trials[0]).toMatchObject({ faults: 3, in_time: 3, missed: 0 });
    expect(trials.at(-1)).toMatchObject({ faults: 3, in_time: 0, missed: 3, found_after_s: null, false_alarms: 0 });
    expect(lines.at(-1)).toMatchObject({
      type: 'summary',
      rule: 'overheating',
      trials: 9,
      current: { limit: '92 degC' },
      best: { limit: '86 degC' },
      keys: 3,
    });
  });

  test('varies what the rule uses where nothing is named, and nothing else', () => {
    const more = `let span = 2m
let other = 3
rule warm on motor { low when avg(temp, span) > limit - 10 K }`;
    const cwd = plant({
      'rules.mill': rules('92 degC', more),
      'labels.csv': labels().replaceAll('overheating', 'warm'),
    });
    const lines = jsonLines(millrace(['tune', 'warm', 'rules.mill', '--labels', 'labels.csv', '--json'], { cwd }).out);
    expect(lines.at(-1)).toMatchObject({ trials: 81, current: { limit: '92 degC', span: '2m' } });
    expect(lines[0]).toMatchObject({ constants: { limit: '73.6 degC', span: '1m' } });
  });

  test('what the files have is tried, too, where no step is it', () => {
    const { out } = millrace([...TUNE, '--vary', 'limit=80..90:3', '--json'], { cwd: plant() });
    expect(jsonLines(out).filter(({ current }) => current)).toMatchObject([
      { constants: { limit: '92 degC' } },
      { type: 'summary', trials: 4 },
    ]);
  });

  test('what is there may be the best', () => {
    const cwd = plant({ 'rules.mill': rules('88 degC') });
    expect(millrace([...TUNE, '--vary', 'limit=80..96:9'], { cwd }).out).toContain(
      'Nothing is better than what is there.',
    );
  });
});

describe('of a part of the history', () => {
  const summaryOf = (...options: readonly string[]) =>
    jsonLines(millrace([...TUNE, '--vary', 'limit=80..96:9', '--json', ...options], { cwd: plant() }).out);

  test('labels of other times are left out', () => {
    const lines = summaryOf('--from', '2026-03-02T06:00:00Z', '--to', '2026-03-02T12:00:00Z');
    expect(lines[0]).toMatchObject({ faults: 1 });
    expect(lines.at(-1)).toMatchObject({ best: { limit: '86 degC' }, keys: 3, labels_left_out: 2 });
  });

  test('and of other keys', () => {
    const lines = summaryOf('--key', 'm1');
    expect(lines[0]).toMatchObject({ faults: 2 });
    expect(lines.at(-1)).toMatchObject({ keys: 1, labels_left_out: 1 });
  });

  test('threads that share the keys find the same', () => {
    expect(summaryOf('--workers', '3')).toEqual(summaryOf());
  });
});

describe('what cannot be tuned', () => {
  test.each([
    [['--vary', 'limt=80..90'], 'MR7363', 'did you mean `limit`?'],
    [['--vary', 'idle=1..2'], 'MR7363', 'does not depend on `idle`'],
    [['--vary', 'sum=1..2'], 'MR7363', 'is no number and no duration by itself'],
    [['--vary', 'limit=90..80'], 'MR7364', '90 is not below 80'],
    [['--vary', 'limit=80 bar..90 bar'], 'MR7364', '80 bar is not in degC'],
    [['--vary', 'limit=hot..90'], 'MR7364', 'hot is no number'],
    [['--vary', 'limit=80..'], 'MR7364', 'it is no NAME=FROM..TO'],
    [['--vary', 'limit=80..90:1'], 'MR7364', '2 to 1000 steps'],
    [['--vary', 'limit=80..90', '--vary', 'limit=80..90'], 'MR7364', 'names limit twice'],
    [['--vary', 'limit=80..90:100', '--vary', 'hold=1..99:100'], 'MR7364', 'are 9,900 trials'],
  ])('%j', (options, code, text) => {
    const cwd = plant({
      'rules.mill': rules('92 degC', 'let idle = 5\nlet hold = 2\nlet sum = limit + 2 K').replace(
        'temp > limit',
        'temp > limit + hold * 1 K',
      ),
    });
    const result = millrace([...TUNE, ...options], { cwd });
    expect(result.code).toBe(2);
    expect(result.err).toContain(`error[${code}]`);
    expect(result.err).toContain(text);
  });

  test('a rule that has no constant, and one that is not there', () => {
    const cwd = plant({ 'rules.mill': rules('92 degC').replace('temp > limit', 'temp > 92 degC') });
    expect(millrace(TUNE, { cwd }).err).toContain('error[MR7363]: the rule overheating uses no constant');
    expect(millrace(['tune', 'overheat', ...TUNE.slice(2)], { cwd }).err).toContain('error[MR7323]');
  });

  test('a rule that no label is of', () => {
    const cwd = plant({
      'rules.mill': rules('92 degC', 'rule warm on motor { low when temp > limit - 10 K }'),
    });
    const { err } = millrace(['tune', 'warm', 'rules.mill', '--labels', 'labels.csv'], { cwd });
    expect(err).toContain('error[MR7362]: no label of the rule warm, or of any rule, begins in the history');
  });

  test('a rule that is wrong with a value', () => {
    const more = 'let share = 0.5\nrule warm on motor { low when percentile(temp, share, 10m) > 80 degC }';
    const cwd = plant({
      'rules.mill': rules('92 degC', more),
      'labels.csv': labels().replaceAll('overheating', 'warm'),
    });
    const command = ['tune', 'warm', 'rules.mill', '--labels', 'labels.csv', '--vary', 'share=0.5..1.5:3'];
    const { code, err } = millrace(command, { cwd });
    expect(code).toBe(1);
    expect(err).toContain('(with share = 1.5)');
  });
});
