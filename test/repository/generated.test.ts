import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, textOf } from './tree.ts';

test('the parser is that of the grammar', () => {
  const check = spawnSync(process.execPath, [join(root, 'scripts/grammar.js'), '--check'], { encoding: 'utf8' });
  expect(check.stderr).toBe('');
  expect(check.status).toBe(0);
});

test('the picture of the README is drawn', () => {
  expect(existsSync(join(root, 'docs/pictures/run.svg'))).toBe(true);
  expect(textOf('README.md')).toContain('docs/pictures/run.svg');
});
