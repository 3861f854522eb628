import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compactTable } from '../../benchmarks/peers/page/compact-table.ts';
import { withQuote } from '../../benchmarks/peers/page/readme-quote.ts';
import { root, textOf } from './tree.ts';

const results = join(root, 'benchmarks/results');
const [table, result] = ['peers-table.md', 'peers.json'].map(name => {
  const path = join(results, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}) as [string | null, string | null]; // as: of two

test('the README quotes what was measured beside others, and nothing else', () => {
  expect(withQuote(textOf('README.md'), table)).toBe(textOf('README.md'));
});

test('the table that it quotes is that of the result', () => {
  expect(table).toBe(result === null ? null : compactTable(JSON.parse(result)));
});
