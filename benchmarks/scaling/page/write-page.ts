import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MeasuredCurve } from '../measure-curve.ts';
import { curveChart } from './curve-chart.ts';
import { pageText } from './page-text.ts';

const root = join(import.meta.dirname, '../../..');

export type Scaling = {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly curves: readonly MeasuredCurve[];
  readonly faults: readonly string[];
};

/** Writes `benchmarks/results/scaling.md` and its pictures. */
export function writePage(scaling: Scaling): string {
  const page = join(root, 'benchmarks/results/scaling.md');
  const pictures = join(root, 'docs/pictures');
  mkdirSync(pictures, { recursive: true });
  for (const curve of scaling.curves) writeFileSync(join(pictures, `scaling-${curve.name}.svg`), curveChart(curve));
  writeFileSync(page, pageText(scaling));
  return page;
}
