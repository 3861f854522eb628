/** Types, lint, format and dead code, beside each other; each is one line, and its messages follow where it fails. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installMissing, requireNode24, root } from './install.js';

const STEPS = [
  { name: 'types', command: ['typescript/bin/tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint/bin/oxlint', '--deny-warnings'] },
  { name: 'format', command: ['@biomejs/biome/bin/biome', 'format', '.'] },
  { name: 'dead code', command: ['knip/bin/knip.js'] },
];

/** How many passed and failed; all of them run, and are told in their order. */
export async function runChecks() {
  const node = requireNode24();
  const counts = { passed: 0, failed: 0 };
  const results = STEPS.map(({ command }) => resultOf(node, command));
  for (const [at, { name }] of STEPS.entries()) {
    const { isPassed, output } = await results[at];
    counts[isPassed ? 'passed' : 'failed']++;
    process.stdout.write(`${isPassed ? 'ok    ' : 'FAILED'} check: ${name}\n`);
    if (!isPassed) process.stdout.write(`${output}\n`);
  }
  return counts;
}

function resultOf(node, [program, ...options]) {
  const child = spawn(node, [join(root, 'node_modules', program), ...options], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', text => {
      output += text;
    });
  }
  return new Promise(resolve => {
    child.on('error', error => resolve({ isPassed: false, output: `${output}${error}` }));
    child.on('close', code => resolve({ isPassed: code === 0, output }));
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  installMissing('development');
  process.exitCode = (await runChecks()).failed === 0 ? 0 : 1;
}
