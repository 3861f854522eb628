/**
 * `npm run test:recovery-steps [-- --step TEXT]`: disables each recovery step, or those whose names contain the text, in a
 * copy of the tree, and runs the test that must miss it; the same tests must pass where nothing is disabled. Ends with an
 * error where a step is not missed.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RECOVERY_STEPS } from './recovery-steps.ts';
import type { CatchingTest, RecoveryStep } from './recovery-step.ts';
import { runTests } from './run-tests.ts';
import { TreeCopy } from './tree-copy.ts';

const { values } = parseArgs({ options: { step: { type: 'string', default: '' } } });
const steps = RECOVERY_STEPS.filter(({ name }) => name.includes(values.step));
const copy = new TreeCopy(join(import.meta.dirname, '../..'));
try {
  const failing = failingTests(copy, steps);
  const missed = steps.filter(step => !isCaught(copy, step));
  print(`${steps.length - missed.length} of ${steps.length} recovery steps are caught`);
  process.exitCode = steps.length > 0 && missed.length + failing === 0 ? 0 : 1;
} finally {
  copy.remove();
}

/** How many of the tests fail although nothing is disabled. */
function failingTests(tree: TreeCopy, of: readonly RecoveryStep[]): number {
  const tests = new Map(of.map(({ caughtBy }) => [`${caughtBy.file}: ${caughtBy.title}`, caughtBy]));
  let failing = 0;
  for (const [name, test] of tests) {
    const message = failureOf(tree, test);
    if (message === null) continue;
    failing++;
    print(`FAILED  ${name}\n        though no step is disabled: ${message}`);
  }
  print(`${tests.size - failing} of ${tests.size} tests pass where no step is disabled`);
  return failing;
}

/** Tests that could not be run are told as such: they may be run again with `--step`. */
function failureOf(tree: TreeCopy, test: CatchingTest): string | null {
  try {
    return runTests(tree.folder, test).failure?.message ?? null;
  } catch (error) {
    return String(error);
  }
}

function isCaught(tree: TreeCopy, step: RecoveryStep): boolean {
  const enable = tree.disable(step);
  try {
    const { failure } = runTests(tree.folder, step.caughtBy);
    if (failure === null) print(`MISSED  ${step.name}\n        no test of ${step.caughtBy.file} fails`);
    else print(`caught  ${step.name}\n        ${step.caughtBy.file}: ${failure.test}\n        ${failure.message}`);
    return failure !== null;
  } catch (error) {
    print(`NOT RUN ${step.name}\n        ${String(error)}`);
    return false;
  } finally {
    enable();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
