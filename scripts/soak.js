/**
 * `npm run test:soak [-- PART OPTION…] [--out FILE]`: everything that takes long, or one part of it with options of its own:
 * `-- soak --minutes 2`, `-- kill --kills 20 --events 200000`, `-- simulation --runs 100`. Ends with a line for each
 * part; FILE gets the same as JSON, with the details of those parts that have any.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { installMissing, requireNode24, root } from './install.js';

/** `hasDetails`: takes `--out FILE`, and writes them there as JSON. */
const PARTS = {
  properties: {
    command: ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=3600000', 'test/properties', 'test/dsl'],
    env: { MILLRACE_RUNS: '20000' },
  },
  scenarios: {
    command: ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=3600000', 'test/scenarios', 'test/manual'],
    env: { MILLRACE_MODES: 'all' },
  },
  simulation: { command: ['test/simulation/run.ts', '--runs', '20000'] },
  fuzz: { command: ['test/fuzz/run.ts', '--runs', '1000000'] },
  kill: { command: ['test/kill/run.ts', '--kills', '200', '--events', '2000000'], hasDetails: true },
  duckdb: {
    command: ['node_modules/vitest/vitest.mjs', 'run', 'test/connectors/duckdb'],
    env: { MILLRACE_KILLS: '100', MILLRACE_RUNS: '300' },
  },
  pipeline: { command: ['test/outages/run-pipeline.ts'], hasDetails: true },
  outages: { command: ['test/outages/run.ts'], hasDetails: true },
  cluster: { command: ['test/cluster/run.ts'], hasDetails: true },
  members: {
    command: ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=3600000', 'test/cluster/member.test.ts'],
    env: { MILLRACE_RUNS: '1000' },
  },
  deploys: {
    command: ['node_modules/vitest/vitest.mjs', 'run', 'test/server/deploys.test.ts'],
    env: { MILLRACE_DEPLOYS: '200' },
  },
  'without-limits': {
    command: ['node_modules/vitest/vitest.mjs', 'run', 'test/examples/pump-station.test.ts'],
    env: { MILLRACE_DAYS: '31' },
  },
  calibration: {
    command: ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=3600000', 'test/engine/calibration.test.ts'],
    env: { MILLRACE_RUNS: '1000' },
  },
  'recovery-steps': { command: ['test/recovery-steps/run.ts'] },
  'key-bomb': { command: ['test/soak/key-bomb.ts'] },
  soak: { command: ['test/soak/run.ts', '--minutes', '30'], hasDetails: true },
};

const { part, options, out } = readCommandLine(process.argv.slice(2));
if (part !== undefined && !Object.hasOwn(PARTS, part)) {
  process.stderr.write(`error: no part ${part}; there are ${Object.keys(PARTS).join(', ')}\n`);
  process.exitCode = 2;
} else {
  installMissing('development');
  const folder = mkdtempSync(join(tmpdir(), 'millrace-soak-parts-'));
  const results = [];
  for (const name of part === undefined ? Object.keys(PARTS) : [part]) {
    process.stdout.write(`\n== ${name}\n`);
    results.push(await run(name, join(folder, `${name}.json`)));
  }
  rmSync(folder, { recursive: true });
  report(results);
}

/** The first word is the part; `--out` is ours, everything else the part's. */
function readCommandLine(words) {
  const place = words.indexOf('--out');
  const out = place < 0 ? undefined : words.splice(place, 2)[1];
  const part = words[0]?.startsWith('-') === false ? words.shift() : undefined;
  return { part, options: words, out };
}

/** A later option wins over the part's own. What it prints goes on; its last line is the result. */
async function run(name, detailsFile) {
  const { command, env = {}, hasDetails = false } = PARTS[name];
  const [program, ...own] = command;
  const words = [join(root, program), ...own, ...options, ...(hasDetails ? ['--out', detailsFile] : [])];
  const startMs = performance.now();
  const child = spawn(requireNode24(), words, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let end = ''; // of what it prints
  child.stdout.on('data', chunk => {
    process.stdout.write(chunk);
    end = (end + chunk).slice(-4_000);
  });
  const code = await new Promise(resolve => child.on('close', resolve));
  const result = end.trimEnd().split('\n').at(-1);
  const details = existsSync(detailsFile) ? JSON.parse(readFileSync(detailsFile, 'utf8')) : null;
  return { name, isPassed: code === 0, seconds: Math.round((performance.now() - startMs) / 1000), result, details };
}

function report(results) {
  process.stdout.write('\n');
  for (const { name, isPassed, seconds, result } of results) {
    process.stdout.write(
      `${isPassed ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${`${seconds} s`.padStart(7)}  ${result}\n`,
    );
  }
  if (out !== undefined) {
    const machine = { node: process.version, platform: `${process.platform} ${process.arch}`, cores: cpus().length };
    const at = new Date().toISOString();
    writeFileSync(out, `${JSON.stringify({ at, machine, parts: results }, null, 2)}\n`);
  }
  if (results.some(({ isPassed }) => !isPassed)) process.exitCode = 1;
}
