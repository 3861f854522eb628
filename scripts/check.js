/** Types, lint, format and dead code; each is one line, and its messages follow where it fails. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installMissing, requireNode24, root } from './install.js';

const STEPS = [
  { name: 'types', command: ['typescript/bin/tsc', '--noEmit'] },
  { name: 'lint', command: ['oxlint/bin/oxlint', '--deny-warnings'] },
  { name: 'format', command: ['@biomejs/biome/bin/biome', 'format', '.'] },
  { name: 'dead code', command: ['knip/bin/knip.js'] },
];

/** Runs every step, also behind one that failed. */
export function runChecks() {
  const node = requireNode24();
  const counts = { passed: 0, failed: 0 };
  for (const { name, command } of STEPS) {
    const [program, ...options] = command;
    const step = spawnSync(node, [join(root, 'node_modules', program), ...options], { cwd: root, encoding: 'utf8' });
    const isPassed = step.status === 0;
    counts[isPassed ? 'passed' : 'failed']++;
    process.stdout.write(`${isPassed ? 'ok    ' : 'FAILED'} check: ${name}\n`);
    if (!isPassed) process.stdout.write(`${step.stdout}${step.stderr}${step.error ?? ''}\n`);
  }
  return counts;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  installMissing('development');
  process.exitCode = runChecks().failed === 0 ? 0 : 1;
}
