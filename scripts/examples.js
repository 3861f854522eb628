/** `npm run examples`: installs what is missing to run, then runs every example that has recorded data, one after the other. */
import { spawn } from 'node:child_process';
import { join, relative } from 'node:path';
import { examplesIn, inputsOf } from '../examples/examples.js';
import { installMissing, requireNode24, root } from './install.js';

installMissing('run-time');
const node = requireNode24();

// The command line ends itself on Ctrl-C; here it is enough to outlive it and to start nothing more.
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    isInterrupted = true;
    running?.kill(signal);
  });
}
let running = null;

for (const example of examplesIn(join(root, 'examples'))) {
  const inputs = inputsOf(example);
  const rules = relative(process.cwd(), join(example.folder, 'rules.mill'));
  const sources = inputs.flatMap(input => ['--source', `${input.stream}=${input.file}`]);
  const where = inputs.map(input => `${relative(process.cwd(), input.file)}${input.isGenerated ? ' (generated)' : ''}`);
  process.stdout.write(`\n${example.title}: ${rules} on ${where.join(', ')}\n`);
  process.exitCode = await run(['run', rules, ...sources, '--sparkline']);
  if (isInterrupted || process.exitCode !== 0) break;
}
if (process.exitCode === 0) {
  process.stdout.write(
    '\nNext: npx millrace new my-alarms makes a project of your own; README.md goes on from there.\n',
  );
}

function run(commandLine) {
  running = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, 'bin/millrace.js'), ...commandLine], {
    stdio: 'inherit',
  });
  return new Promise(resolve => {
    running.on('exit', (code, signal) => resolve(signal === null ? code : 130));
  });
}
