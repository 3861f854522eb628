import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { exportPlan } from '../../../backends/flink-sql/export-plan.ts';
import { compile } from '../../../dsl/compile.ts';
import { ownFiles, root } from '../../repository/tree.ts';

/** What needs more than a file: functions of a program, or a stream that another file has. */
const programs = ownFiles('{examples,test/scenarios}/**/*.mill').flatMap(file => {
  const { plan } = compile({ file, text: textOf(file)!, read });
  return plan === null ? [] : [{ file, plan }];
});

test.each(programs)('$file is exported, or told why not', ({ plan }) => {
  const { script, leftOut } = exportPlan(plan);
  for (const { kind, name, gaps, reads } of leftOut) {
    expect(gaps.length + reads.length, `${kind} ${name}`).toBeGreaterThan(0);
    expect(script).toContain(`-- left out: ${kind} ${name}\n`);
  }
  expect(script).not.toMatch(/undefined|\[object/);
});

test('most are exported in part at least', () => {
  const views = programs.map(({ plan }) => exportPlan(plan).script.match(/^CREATE VIEW/gm)?.length ?? 0);
  expect(views.filter(count => count > 0).length).toBeGreaterThan(programs.length / 2);
});

function read(path: string, from: string) {
  const file = join(dirname(from), path);
  const text = textOf(file);
  return text === undefined ? undefined : { file, text };
}

function textOf(file: string): string | undefined {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
