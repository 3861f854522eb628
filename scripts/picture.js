/** `npm run picture`: draws docs/pictures/run.svg, a terminal with the output of a real run of the first example. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { examplesIn, inputsOf } from '../examples/examples.js';
import { installMissing, requireNode24, root } from './install.js';
import { terminalSvg } from './terminal-svg.js';

installMissing('run-time');
const [example] = examplesIn(join(root, 'examples'));
const sources = inputsOf(example).flatMap(({ stream, file }) => ['--source', `${stream}=${file}`]);
const rules = `examples/${example.name}/rules.mill`;
const run = spawnSync(requireNode24(), [join(root, 'bin/millrace.js'), 'run', rules, ...sources, '--sparkline'], {
  cwd: root,
  encoding: 'utf8',
  env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' },
});
if (run.status !== 0) throw new Error(`the run failed: ${run.stderr}`);

mkdirSync(join(root, 'docs/pictures'), { recursive: true });
const lines = [`$ npx millrace run ${rules} --sparkline`, ...run.stdout.trimEnd().split('\n')];
writeFileSync(join(root, 'docs/pictures/run.svg'), terminalSvg(lines));
