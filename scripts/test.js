/**
 * `npm test`: installs what is missing, runs the checks and all tests, and ends with `N passed, N failed`. The line
 * before says which tests did not run and why.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runChecks } from './check.js';
import { findFlink } from './find-flink.js';
import { findPrometheus } from './find-prometheus.js';
import { installMissing, requireNode24, root } from './install.js';
import { findComposeSchema, findHadolint, findHelm, findKubernetesSchemas } from './linters/index.js';
import { findNats, findQuestDb } from './services/index.js';

const SERIES = 'the series of ../shared/data (or MILLRACE_DATA)';
const TIME_LIMIT_MS = 45 * 60_000; // on a busy machine; a test that never ends is a failure, not a wait

installMissing('development');
await installTools();
const checks = await runChecks();
const tests = runTests(process.argv.slice(2));

const passed = checks.passed + tests.passed;
const failed = checks.failed + tests.failed;
process.stdout.write(`${skippedText(tests.skipped)}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || tests.passed === 0 ? 1 : 0;

/** Ahead of the tests, where no time limit runs; where it fails, the tests that need one say so and fail. */
async function installTools() {
  const needed = [
    process.env.MILLRACE_NATS_URL ? [] : [findNats],
    process.env.MILLRACE_QUESTDB_URL ? [] : [findQuestDb],
  ];
  const others = [findFlink, findPrometheus, findComposeSchema, findHadolint, findHelm, findKubernetesSchemas];
  await Promise.allSettled([...needed.flat(), ...others].map(find => find()));
}

/**
 * The cache saves a third of the start of processes and worker threads; of what properties ask for, `npm run test:soak` runs
 * many times as many.
 */
function environment() {
  return { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compile'), MILLRACE_SHARE: '0.3', ...process.env };
}

/** Runs vitest; its own counts are believed only if it wrote them, and a file that cannot be loaded is a failure. */
function runTests(options) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const vitest = spawnSync(
      requireNode24(),
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...options],
      { cwd: root, env: environment(), stdio: 'inherit', timeout: TIME_LIMIT_MS, killSignal: 'SIGKILL' },
    );
    if (vitest.error !== undefined) throw vitest.error;
    return countReport(JSON.parse(readFileSync(report, 'utf8')), vitest.status);
  } catch (error) {
    process.stdout.write(`the tests did not run to their end: ${error.message}\n`);
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countReport(report, exitCode) {
  const unloaded = report.testResults.filter(file => file.status === 'failed' && file.assertionResults.length === 0);
  const results = report.testResults.flatMap(file =>
    file.assertionResults.map(result => ({ ...result, file: relative(root, file.name) })),
  );
  const failed = results.filter(result => result.status === 'failed').length + unloaded.length;
  return {
    passed: results.filter(result => result.status === 'passed').length,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: results.filter(result => result.status !== 'passed' && result.status !== 'failed'),
  };
}

function skippedText(skipped) {
  if (skipped.length === 0) return 'not run: none';
  const needOf = ({ title }) => /\[needs (.+)\]$/.exec(title)?.[1] ?? SERIES;
  const texts = [...new Set(skipped.map(needOf))].map(need => {
    const results = skipped.filter(result => needOf(result) === need);
    const files = [...new Set(results.map(result => result.file))].join(', ');
    return `${results.length} tests that need ${need}: ${files}`;
  });
  return `not run: ${texts.join('; ')}`;
}
