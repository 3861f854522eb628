/**
 * How good `anomaly` is on labelled series: those of the Numenta Anomaly Benchmark, and runs of the Skoltech pump test bed, with one setting for all. Writes
 * what their scorers read, and runs these where they are found. `npm run bench -- quality`; `-- quality --root DIR --files LIST --out DIR` for
 * other series. The method is in ../README.md.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machine, writeResult } from '../machine.ts';
import { NAB_CUT, writeNab, writeNabCut } from './nab.ts';
import { runScorer } from './scorer.ts';
import { writeSkab } from './skab.ts';
import { findSeries } from './series.ts';

const { values } = parseArgs({
  options: {
    root: { type: 'string' }, // with folders nab and skab, or one of them itself
    files: { type: 'string' }, // a file of names, one a line
    out: { type: 'string' },
  },
});
const data = process.env['MILLRACE_DATA'] ?? join(import.meta.dirname, '../../../shared/data');
const root = resolve(values.root ?? data);
const out = resolve(values.out ?? mkdtempSync(join(tmpdir(), 'millrace-quality-')));
const { nab, skab } = findSeries(root, values.files);
if (nab.files.length + skab.files.length === 0) {
  console.error(`error: no series in ${root}: there is neither \`nab/data\` nor \`skab\``);
  process.exit(2);
}

const result: Record<string, unknown> = { machine: machine() };
if (nab.files.length > 0) {
  result['nab'] = writeNab(nab, join(out, 'nab'));
  const words = [join(out, 'nab'), '--root', nab.root, '--files', nab.list(out)];
  result['nabScore'] = runScorer('nab_score.py', words);
  console.log(`the same at ${NAB_CUT}:`);
  result['nabScoreAtCut'] = runScorer('nab_score.py', [...words, '--thresholds', writeNabCut(nab, out)]);
}
if (skab.files.length > 0) {
  result['skab'] = writeSkab(skab, join(out, 'skab'));
  result['skabScore'] = runScorer('skab_score.py', [join(out, 'skab'), '--root', skab.root, '--files', skab.list(out)]);
}
console.log(`\nscores of each series: ${out}`);
if (Object.keys(values).length === 0) console.log(writeResult('quality', result));
