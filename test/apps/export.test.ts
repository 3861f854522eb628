import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, millrace } from './millrace.ts';

const STREAM = 'stream motor from file "motor.json" {\n  key device: symbol\n  temp: float degC\n  time ts as ms\n}\n';
const HELD = `${STREAM}
rule hot on motor {
  high when temp > 85 degC for 30s
  cooldown 10m
}

stream warm = from motor where temp > 20 degC select temp
`;
const FLINK = ['--to', 'flink-sql'];

describe('export', () => {
  test('writes a script to standard output, or where --out says', () => {
    const folder = folderWith({ 'motor.mill': STREAM });
    const { code, out, err } = millrace(['export', 'motor.mill', ...FLINK], { cwd: folder });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('CREATE VIEW `motor` AS');
    expect(millrace(['export', 'motor.mill', ...FLINK, '--out', 'motor.sql'], { cwd: folder })).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    expect(readFileSync(join(folder, 'motor.sql'), 'utf8')).toBe(out);
  });

  test('what has no equivalent is told at once, each at its place, and nothing is written', () => {
    const folder = folderWith({ 'main.mill': 'include "held.mill"\n', 'held.mill': HELD });
    const command = ['export', 'main.mill', ...FLINK, '--out', 'held.sql'];
    const { code, out, err } = millrace(command, { cwd: folder });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.match(/^error\[MR7300\].*/gm)).toEqual([
      'error[MR7300]: `for 30s` of rule hot has no equivalent in Flink SQL',
      'error[MR7300]: `cooldown 10m` of rule hot has no equivalent in Flink SQL',
    ]);
    expect(err).toContain('--> held.mill:8:28\n');
    expect(err).toContain('--> held.mill:9:3\n');
    expect(existsSync(join(folder, 'held.sql'))).toBe(false);
  });

  test('--partial leaves it out, with a warning and a comment', () => {
    const folder = folderWith({ 'held.mill': HELD });
    const { code, out, err } = millrace(['export', 'held.mill', ...FLINK, '--partial'], { cwd: folder });
    expect(code).toBe(0);
    expect(err.match(/^warning\[MR7300\]/gm)).toHaveLength(2);
    expect(out).toContain('-- left out: rule hot\n--   `for 30s`: ');
    expect(out).toContain('CREATE VIEW `warm` AS');
    expect(out).not.toContain('CREATE VIEW `hot`');
  });

  test('tables have the connectors that are given', () => {
    const folder = folderWith({ 'motor.mill': `${STREAM}\nroute motor to log\n` });
    const templates = [
      '--source-with',
      "'connector' = 'kafka', 'topic' = '{stream}'",
      '--sink-with',
      "'connector' = 'print'",
    ];
    const { out } = millrace(['export', 'motor.mill', ...FLINK, ...templates], { cwd: folder });
    expect(out).toContain("WITH (\n  'connector' = 'kafka',\n  'topic' = 'motor'\n)");
    expect(out).toContain("WITH (\n  'connector' = 'print'\n)");
  });

  test.each([
    [['--to', 'flink'], 'error[MR7301]: rules cannot be written for `flink`'],
    [[...FLINK, '--sink-with', "'topic' = '{topic}'"], 'error[MR7302]: nothing is known for {topic}'],
    [[...FLINK, '--out', 'nowhere/motor.sql'], 'error[MR7303]: nowhere/motor.sql cannot be written'],
    [[], "required option '--to <engine>' not specified"],
  ])('%j is a mistake of usage', (options, text) => {
    const folder = folderWith({ 'motor.mill': STREAM });
    const { code, out, err } = millrace(['export', 'motor.mill', ...options], { cwd: folder });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(text);
  });
});
