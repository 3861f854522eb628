import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peers } from '../result.ts';
import { pageText } from './page-text.ts';
import { rateChart } from './rate-chart.ts';

const root = join(import.meta.dirname, '../../..');

/** Writes `benchmarks/results/peers.md` and its pictures. */
export function writePage(peers: Peers): string {
  const page = join(root, 'benchmarks/results/peers.md');
  const pictures = join(root, 'docs/pictures');
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, 'peers-memory.svg'), rateChart(peers.questions, 'memory'));
  writeFileSync(join(pictures, 'peers-json.svg'), rateChart(peers.questions, 'json'));
  writeFileSync(page, pageText(peers));
  return page;
}
