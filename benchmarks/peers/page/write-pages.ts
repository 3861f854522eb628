import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeResult } from '../../machine.ts';
import type { Peers } from '../result.ts';
import { compactTable } from './compact-table.ts';
import { pageText } from './page-text.ts';
import { rateChart } from './rate-chart.ts';
import { withQuote } from './readme-quote.ts';

const root = join(import.meta.dirname, '../../..');

/**
 * Writes the result, its page, the compact table that the README quotes, and the pictures, and gives their paths. Into another folder
 * all of them, and the README stays as it is.
 */
export function writePages(peers: Peers, folder: string | null): string[] {
  const results = folder ?? join(root, 'benchmarks/results');
  const pictures = folder ?? join(root, 'docs/pictures');
  for (const each of [results, pictures]) mkdirSync(each, { recursive: true });
  const table = compactTable(peers);
  const texts: Readonly<Record<string, string>> = {
    [join(pictures, 'peers-memory.svg')]: rateChart(peers.questions, 'memory'),
    [join(pictures, 'peers-json.svg')]: rateChart(peers.questions, 'json'),
    [join(results, 'peers.md')]: pageText(peers, relative(results, pictures) || '.'),
    [join(results, 'peers-table.md')]: table,
  };
  for (const [path, text] of Object.entries(texts)) writeFileSync(path, text);
  if (folder !== null) {
    writeFileSync(join(folder, 'peers.json'), `${JSON.stringify(peers, null, 2)}\n`);
    return [join(folder, 'peers.json'), ...Object.keys(texts)];
  }
  const readme = join(root, 'README.md');
  writeFileSync(readme, withQuote(readFileSync(readme, 'utf8'), table));
  return [writeResult('peers', peers), ...Object.keys(texts), readme];
}
