import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportPlan } from '../../../backends/flink-sql/export-plan.ts';
import { unknownHoles } from '../../../backends/flink-sql/templates.ts';
import { compile } from '../../../dsl/compile.ts';
import { root } from '../../repository/tree.ts';

const HERE = import.meta.dirname;

describe('scripts', () => {
  test.each(globSync('rules/*.mill', { cwd: HERE }).sort())('%s', file => {
    const { script } = exportText(readFileSync(join(HERE, file), 'utf8'), file);
    const golden = join(HERE, 'golden', `${basename(file, '.mill')}.sql`);
    if (process.env['UPDATE']) writeFileSync(golden, script);
    expect(script).toBe(readFileSync(golden, 'utf8'));
  });

  test('what the page shows is what is written', () => {
    const page = readFileSync(join(root, 'docs/flink.md'), 'utf8');
    const { script } = exportText(/```mill\n([\s\S]*?)```/.exec(page)![1]!, 'page.mill');
    const shown = /```sql\n([\s\S]*?)```/
      .exec(page)![1]!
      .split('\n\n')
      .map(statement => statement.trim());
    expect(shown.length).toBeGreaterThan(2);
    for (const statement of shown) expect(script).toContain(statement);
  });
});

describe('what is left out', () => {
  const { leftOut } = exportText(readFileSync(join(HERE, 'rules/refused.mill'), 'utf8'), 'refused.mill');

  test('has a gap of its own, or reads what has', () => {
    const names = leftOut.map(({ name }) => name);
    for (const { gaps, reads } of leftOut) {
      expect(gaps.length + reads.length).toBeGreaterThan(0);
      for (const read of reads) expect(names).toContain(read);
    }
  });

  test('all gaps of a statement are told at once', () => {
    const held = leftOut.find(({ name }) => name === 'held')!;
    expect(held.gaps.map(({ construct }) => construct)).toEqual([
      '`for 30s`',
      '`gap 5s`',
      '`clear … for 1m`',
      '`while`',
      '`cooldown 10m`',
      '`escalate`',
      '`latch`',
      '`quality … else unknown`',
    ]);
  });
});

describe('templates', () => {
  const stream = 'stream it\'s from file "a/b\'s.json" json { key k: symbol  time ts as ms }'.replace("it's", 'its');

  test('are filled in, as text of SQL', () => {
    const template =
      "'connector' = 'kafka', 'topic' = '{stream}', 'properties.group.id' = '{table}.{address}', 'x' = '{path}'";
    const { script } = exportText(stream, 'rules/x.mill', template);
    expect(script).toContain(`WITH (
  'connector' = 'kafka',
  'topic' = 'its',
  'properties.group.id' = 'its_messages.a/b''s.json',
  'x' = 'rules/a/b''s.json'
)`);
  });

  test('holes that nothing fills are found', () => {
    expect(unknownHoles("'a' = '{stream}{topic}', 'b' = '{}'")).toEqual(['{topic}', '{}']);
  });
});

test('names of the script do not meet', () => {
  const { script } = exportText(
    `stream a from file "a.json" json { key k: symbol  x: float  time ts as ms }
     stream a_messages = from a select x
     rule a_store on a { high when x > 1 }
     store a`,
    'names.mill',
  );
  const names = [...script.matchAll(/CREATE (?:TABLE|VIEW) (`[^`]+`)/g)].map(match => match[1]);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain('`a_messages_2`');
});

function exportText(text: string, file: string, sourceWith?: string) {
  const { plan, diagnostics } = compile({ file, text });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return exportPlan(plan!, sourceWith === undefined ? {} : { sourceWith });
}
