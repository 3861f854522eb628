import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../dsl/compile.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { JobMeter, type Stretch } from '../job-meter.ts';
import { type KeyInput, keySource, WARM_UP_KEYS } from './key-source.ts';

const RULES = `stream s from memory "s" { key device: symbol  temperature: float  time ts as us }
stream summary = from s window tumbling 10s
  select avg(temperature) as mean, min(temperature) as low, max(temperature) as high, count() as n`;

/** One that became durable while events went on. */
export type CheckpointTaken = {
  readonly pauseMs: number;
  readonly durableMs: number;
  readonly sizeBytes: number;
};

export type JobOfKeys = KeyInput & {
  readonly workerCount: number;
  /** Null: it keeps no checkpoints. */
  readonly stateDirectory: string | null;
  readonly checkpointEveryMs: number;
  /** The window that the state folder goes on with; 0: it is new. */
  readonly startWindow?: number;
  /** What is measured begins with this window. */
  readonly fromWindow: number;
};

export type JobDone = {
  readonly stretch: Stretch;
  readonly rows: number;
  /** From the call to the first event. */
  readonly startMs: number;
  readonly checkpoints: readonly CheckpointTaken[];
  /** Between two rounds that were delivered. */
  readonly longestGapMs: number;
};

/** Runs a window of four aggregates over many keys. */
export async function jobOfKeys(options: JobOfKeys): Promise<JobDone> {
  const { keys, windows, warmUpWindows = 0, startWindow = 0, fromWindow } = options;
  const { workerCount, stateDirectory, checkpointEveryMs } = options;
  const { plan } = compile({ file: 'recovery.mill', text: RULES });
  const eventsUntil = (window: number) =>
    Math.min(window, warmUpWindows) * WARM_UP_KEYS + Math.max(window - warmUpWindows, 0) * keys;
  const fromEvent = eventsUntil(fromWindow) - eventsUntil(startWindow);
  const meter = new JobMeter({ fromEvent, toEvent: eventsUntil(windows) - eventsUntil(startWindow) });
  const checkpoints: CheckpointTaken[] = [];
  const calledMs = performance.now();
  let startMs = Number.NaN;
  let deliveredMs = Number.NaN;
  let longestGapMs = 0;
  const onWindow = (window: number): void => {
    if (Number.isNaN(startMs)) startMs = performance.now() - calledMs;
    options.onWindow?.(window);
  };
  const { rows } = await runJob({
    plan: plan!,
    connectors: new Map([['memory', keySource({ keys, windows, warmUpWindows, onWindow })]]),
    workerCount,
    rowStreams: ['summary'],
    stateDirectory,
    checkpointEveryMs,
    onProgress: progress => {
      meter.onProgress(progress);
      const nowMs = performance.now();
      if (progress.events > fromEvent) longestGapMs = Math.max(longestGapMs, nowMs - deliveredMs);
      deliveredMs = nowMs;
    },
    onCheckpoint: times => checkpoints.push({ ...times, sizeBytes: newestBytes(stateDirectory!) }),
    signal: new AbortController().signal,
  });
  return { stretch: meter.stretch(), rows, startMs, longestGapMs, checkpoints: checkpoints.slice(0, -1) };
}

/** Of the files of the newest checkpoint that are its own: manifest and parts. */
function newestBytes(folder: string): number {
  const files = readdirSync(folder).map(name => ({
    name,
    id: Number(/^(?:checkpoint|part)-(\d+)/.exec(name)?.[1] ?? 0),
  }));
  const newestId = Math.max(...files.filter(({ name }) => name.startsWith('checkpoint-')).map(({ id }) => id));
  return files
    .filter(({ id }) => id === newestId)
    .reduce((sum, { name }) => sum + statSync(join(folder, name)).size, 0);
}
