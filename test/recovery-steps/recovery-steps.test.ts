import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RECOVERY_STEPS } from './recovery-steps.ts';
import { rowOf, withoutStep } from './recovery-step.ts';

const root = join(import.meta.dirname, '../..');
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

test.each(RECOVERY_STEPS)('$name', step => {
  const disabled = withoutStep(textOf(step.file), step); // it is there exactly once
  expect(() => stripTypeScriptTypes(disabled)).not.toThrow();
  const { file, title } = step.caughtBy;
  expect(textOf(file).includes(title), `${file} has a test named "${title}"`).toBe(true);
});

test('names are different', () => {
  const names = RECOVERY_STEPS.map(step => step.name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test('docs/reliability.md has all of them, in this order', () => {
  const rows = textOf('docs/reliability.md')
    .split('\n')
    .filter(line => /^\| .* \| `test\//.test(line));
  expect(rows).toEqual(RECOVERY_STEPS.map(rowOf));
});
