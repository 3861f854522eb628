/**
 * What it costs to be able to go on after a crash: checkpoints of a million keys while events go on, and restoring them.
 * `npm run bench -- recovery`; the method is in ../README.md.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stretch } from '../job-meter.ts';
import { machine, writeResult } from '../machine.ts';
import { type Spread, spreadOf } from '../spread.ts';
import { type JobDone, jobOfKeys } from './job-of-keys.ts';

const KEYS = 1_000_000;
const WINDOWS = 62; // some 20 s: a chain of checkpoints, of which the first has everything
const FROM_WINDOW = 2; // before that, keys are new and V8 compiles
const CHECKPOINT_EVERY_MS = 5_000;
const PASSES = 3;
const WORKER_COUNTS = [1, 2];

type OfWorkers = {
  readonly workers: number;
  readonly eventsPerSecond: Spread;
  readonly withoutEventsPerSecond: Spread;
  /** Of neighbouring passes, without checkpoints against with them. */
  readonly cost: Spread;
  /** The same of processor time, a checkpoint, against what a worker has of it until the next one. */
  readonly cpuCost: Spread;
  readonly checkpoints: number;
  readonly pauseMs: Spread;
  readonly durableMs: Spread;
  readonly sizeBytes: Spread;
  /** Between two rounds that come out, in a pass each. */
  readonly longestGapMs: Spread;
  readonly withoutLongestGapMs: Spread;
  /** From the start to the first event: empty, and with the last checkpoint, by that number of workers or the other. */
  readonly startMs: Spread;
  readonly restoreMs: Spread;
};

const directory = mkdtempSync(join(tmpdir(), 'millrace-recovery-'));
try {
  console.log('a million keys, one window of four aggregates, a checkpoint every 5 s');
  const curve: OfWorkers[] = [];
  for (const workers of WORKER_COUNTS) curve.push(show(await measure(workers)));
  const memory = [0, ...WORKER_COUNTS].map(workers => showMemory(workers, measureMemory(workers)));
  console.log(`\n${writeResult('recovery', { machine: machine(), keys: KEYS, curve, memory })}`);
} finally {
  rmSync(directory, { recursive: true });
}

async function measure(workers: number): Promise<OfWorkers> {
  const without: JobDone[] = [];
  const done: JobDone[] = [];
  const restored: JobDone[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const folder = join(directory, `${workers}-${pass}`);
    without.push(await passOf(workers, null));
    done.push(await passOf(workers, folder));
    restored.push(await restoreOf(WORKER_COUNTS[pass % WORKER_COUNTS.length]!, folder));
    rmSync(folder, { recursive: true });
  }
  const checkpoints = done.flatMap(job => job.checkpoints);
  return {
    workers,
    eventsPerSecond: spreadOf(done.map(({ stretch }) => rateOf(stretch))),
    withoutEventsPerSecond: spreadOf(without.map(({ stretch }) => rateOf(stretch))),
    cost: spreadOf(done.map(({ stretch }, i) => rateOf(without[i]!.stretch) / rateOf(stretch) - 1)),
    cpuCost: spreadOf(done.map((job, i) => cpuCostOf(job, without[i]!, workers))),
    checkpoints: checkpoints.length,
    pauseMs: spreadOf(checkpoints.map(({ pauseMs }) => pauseMs)),
    durableMs: spreadOf(checkpoints.map(({ durableMs }) => durableMs)),
    sizeBytes: spreadOf(checkpoints.map(({ sizeBytes }) => sizeBytes)),
    longestGapMs: spreadOf(done.map(({ longestGapMs }) => longestGapMs)),
    withoutLongestGapMs: spreadOf(without.map(({ longestGapMs }) => longestGapMs)),
    startMs: spreadOf(without.map(({ startMs }) => startMs)),
    restoreMs: spreadOf(restored.map(({ startMs }) => startMs)),
  };
}

async function passOf(workerCount: number, stateDirectory: string | null): Promise<JobDone> {
  const job = await jobOfKeys({
    keys: KEYS,
    windows: WINDOWS,
    fromWindow: FROM_WINDOW,
    workerCount,
    stateDirectory,
    checkpointEveryMs: CHECKPOINT_EVERY_MS,
  });
  checkRows(job, (WINDOWS - 1) * KEYS); // the last one stays open
  return job;
}

/** Goes on for a window, which closes the one that the state has open. */
async function restoreOf(workerCount: number, stateDirectory: string): Promise<JobDone> {
  const job = await jobOfKeys({
    keys: KEYS,
    windows: WINDOWS + 1,
    startWindow: WINDOWS,
    fromWindow: WINDOWS,
    workerCount,
    stateDirectory,
    checkpointEveryMs: CHECKPOINT_EVERY_MS,
  });
  checkRows(job, KEYS);
  return job;
}

function checkRows({ rows }: JobDone, expected: number): void {
  if (rows !== expected) throw new Error(`${rows} rows instead of ${expected}`);
}

/** In a process of its own, whose memory nothing else has grown: without checkpoints, and with them. */
function measureMemory(workers: number): { readonly without: Memory; readonly with: Memory } {
  const folder = join(directory, 'memory');
  const measured = { without: memoryOf(workers, []), with: memoryOf(workers, [folder]) };
  rmSync(folder, { recursive: true });
  return measured;
}

type Memory = { readonly grownBytes: readonly number[] };

function memoryOf(workers: number, folder: readonly string[]): Memory {
  const script = join(import.meta.dirname, 'memory.ts');
  const options = ['--expose-gc', '--max-semi-space-size=8', script, String(KEYS), String(workers), ...folder];
  const child = spawnSync(process.execPath, options, { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout);
}

function show(measured: OfWorkers): OfWorkers {
  const { eventsPerSecond, withoutEventsPerSecond, cost, cpuCost, checkpoints, longestGapMs } = measured;
  const { pauseMs, durableMs, sizeBytes, withoutLongestGapMs, startMs, restoreMs } = measured;
  const rates = [eventsPerSecond, withoutEventsPerSecond].map(({ median }) => `${(median / 1e6).toPrecision(3)} M`);
  console.log(`\n${measured.workers} ${measured.workers === 1 ? 'worker' : 'workers'}, ${checkpoints} checkpoints`);
  console.log(
    `  ${rates[0]} events/s, ${rates[1]} without: cost ${percent(cost)}, of processor time ${percent(cpuCost)}`,
  );
  console.log(`  pause ${shown(pauseMs)} ms; durable after ${shown(durableMs)} ms; ${shown(sizeBytes, 1e6)} MB`);
  console.log(`  longest gap between outputs ${shown(longestGapMs)} ms, without ${shown(withoutLongestGapMs)} ms`);
  console.log(`  first event after ${shown(restoreMs)} ms, with nothing to restore ${shown(startMs)} ms`);
  return measured;
}

function showMemory<M extends ReturnType<typeof measureMemory>>(workers: number, memory: M): M & { workers: number } {
  const grown = [memory.without, memory.with].map(({ grownBytes }) => `${(grownBytes.at(-1)! / 1e6).toFixed(0)} MB`);
  console.log(`memory for the keys with ${workers} workers: ${grown[0]}, with checkpoints ${grown[1]}`);
  return { workers, ...memory };
}

function rateOf({ events, seconds }: Stretch): number {
  return events / seconds;
}

function cpuCostOf(job: JobDone, without: JobDone, workers: number): number {
  const { cpuSeconds, events } = job.stretch;
  const extraSeconds = cpuSeconds - (without.stretch.cpuSeconds / without.stretch.events) * events;
  const checkpoints = Math.max(job.checkpoints.length, 1);
  return extraSeconds / checkpoints / ((workers * CHECKPOINT_EVERY_MS) / 1_000);
}

function percent({ median, least, greatest }: Spread): string {
  const [middle, low, high] = [median, least, greatest].map(value => (value * 100).toFixed(1));
  return `${middle} % (${low} … ${high})`;
}

function shown({ median, least, greatest }: Spread, unit = 1): string {
  const [middle, low, high] = [median, least, greatest].map(value =>
    (value / unit).toFixed(value / unit < 100 ? 1 : 0),
  );
  return `${middle} (${low} … ${high})`;
}
