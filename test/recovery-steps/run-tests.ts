import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CatchingTest } from './recovery-step.ts';

/** `failure`: of the first test that failed; null: all passed. */
export type TestsDone = { readonly passed: number; readonly failure: Failure | null };

export type Failure = { readonly test: string; readonly message: string };

/**
 * Runs tests of a tree, up to the first one that fails. Seeds are fixed, so that what is caught once is caught again.
 * Throws where they cannot be run: that says nothing of what they would find.
 */
export function runTests(tree: string, { file, title }: CatchingTest): TestsDone {
  const report = join(tree, 'report.json');
  rmSync(report, { force: true });
  const options = ['run', file, '-t', literal(title), '--bail=1', '--reporter=json', `--outputFile=${report}`];
  const { status, signal, error, stderr } = spawnSync(
    process.execPath,
    [join(tree, 'node_modules/vitest/vitest.mjs'), ...options],
    {
      cwd: tree,
      encoding: 'utf8',
      env: { ...process.env, MILLRACE_SEED: SEED, MILLRACE_SHRINK: 'no' },
      timeout: TIME_LIMIT_MS,
      killSignal: 'SIGKILL',
    },
  );
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT') {
    return { passed: 0, failure: { test: `${file} ${title}`, message: 'it does not come to an end' } };
  }
  if (!existsSync(report)) throw new Error(`${file} with tests named "${title}" could not be run: ${signal ?? stderr}`);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results.find(result => result.status === 'failed');
  const passed = results.filter(result => result.status === 'passed').length;
  if (failed === undefined && (status !== 0 || passed === 0)) {
    throw new Error(`${file} with tests named "${title}" could not be run: ${testResults[0]?.message ?? ''}${stderr}`);
  }
  return { passed, failure: failed === undefined ? null : failureOf(failed) };
}

/** What vitest writes, as far as it is of interest. */
type Report = {
  readonly testResults: readonly { readonly message: string; readonly assertionResults: readonly Result[] }[];
};
type Result = { readonly fullName: string; readonly status: string; readonly failureMessages: readonly string[] };

function failureOf({ fullName, failureMessages }: Result): Failure {
  return { test: fullName, message: failureMessages[0]?.split('\n')[0] ?? '' };
}

/** As a regular expression that matches it alone. */
function literal(title: string): string {
  return title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

const SEED = '4';
const TIME_LIMIT_MS = 10 * 60_000;
