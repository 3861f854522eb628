import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { READINGS } from '../readings-file.ts';
import type { Curve, Values } from './curve.ts';

const launcher = join(import.meta.dirname, '../../bin/millrace.js');
/** After the alert, until what was needed to start has been collected as far as V8 does so by itself. */
const REST_MS = 1_500;

/** The newest event may be ahead of its time, until another one confirms it (docs/decisions/0013). */
const READINGS_TEXT = `ts,device,temperature,vibration,pressure,status
1700000000000,d1,20.5,1,1,0
1700000001000,d1,20.5,1,1,0
`;
/** The first line raises it. */
const FIRST_RULE = 'rule hot on s { high when temperature > 0 }';
const RULES: readonly ((i: number) => string)[] = [
  i => `rule held_${i} on s { high when temperature > ${100 + i / 1e4} for 5s }`,
  i => `rule hot_${i} on s { high when device == "d${i}" and temperature > 100 }`,
  i => `rule jump_${i} on s { high when temperature > avg(temperature, ${1 + (i % 50)}m) + ${90 + i / 1e4} }`,
];

export const startCurve: Curve = {
  name: 'start',
  title: 'From `millrace run` to the first alert, and at rest',
  of: 'rules',
  points: [1, 10, 100, 1_000, 10_000],
  passes: 2,
  variants: [
    { name: 'cold', title: 'V8 has compiled nothing before, no workers' },
    { name: 'again', title: 'not for the first time, no workers' },
    { name: 'workers', title: 'not for the first time, with a worker a core' },
  ],
  measures: [
    { name: 'alert', title: 'Process start to first alert', unit: 'ms', bound: 'n log n' },
    { name: 'memory', title: 'Resident memory at rest', unit: 'bytes', bound: 'n log n' },
  ],
  measure,
  show: String,
};

async function measure(variant: string, rules: number): Promise<Values> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-scaling-'));
  try {
    const more = Array.from({ length: rules - 1 }, (_, i) => RULES[i % RULES.length]!(i));
    writeFileSync(join(directory, 'rules.mill'), `${[READINGS, FIRST_RULE, ...more].join('\n')}\n`);
    writeFileSync(join(directory, 'readings.csv'), READINGS_TEXT);
    const cache = join(directory, 'cache');
    if (variant !== 'cold') await runUntilAlert({ directory, cache, variant });
    return await runUntilAlert({ directory, cache, variant });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function runUntilAlert(options: {
  readonly directory: string;
  readonly cache: string;
  readonly variant: string;
}): Promise<Values> {
  const { directory, cache, variant } = options;
  const workers = variant === 'workers' ? [] : ['--workers', '0'];
  const startMs = performance.now();
  const child = spawn(process.execPath, [launcher, 'run', 'rules.mill', '--follow', '--json', ...workers], {
    cwd: directory,
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    await firstAlert(child);
    const alert = performance.now() - startMs;
    await sleep(REST_MS);
    return { alert, memory: residentBytes(child.pid!) };
  } finally {
    await stopped(child);
  }
}

function firstAlert(child: ChildProcess): Promise<void> {
  let text = '';
  let errors = '';
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', chunk => (text += chunk).includes('"raised"') && resolve());
    child.stderr!.on('data', chunk => (errors += chunk));
    child.on('close', () => reject(new Error(`no alert\n${text}\n${errors}`)));
  });
}

function residentBytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024;
}

/** As Ctrl-C does it, so that V8's cache is written. */
function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    child.on('close', () => resolve());
    child.kill('SIGINT');
  });
}
