/**
 * The run of a soak, as a process of its own: follows the journal of its working folder with two workers, answers
 * `measure` with a RunMeasure, and ends on `stop` when it has read all there is, with what it counted.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalsIn } from '../../apps/cli/journals.ts';
import { createConnectors } from '../../connectors/index.ts';
import { compile } from '../../dsl/compile.ts';
import { runJob, type Summary } from '../../engine/runtime/job.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';
import { CountedPort } from './counted-port.ts';
import type { RunMeasure } from './measure.ts';
import { threadMeasures } from './memory-of-threads.ts';

export type ToRun = 'measure' | 'stop';
export type FromRun =
  | { readonly kind: 'measure'; readonly measure: RunMeasure }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'end'; readonly summary: Summary };

const WORKERS = 2;
const CHECKPOINT_EVERY_MS = 5_000;
const folder = process.cwd();

const ports: CountedPort[] = [];
const stopping = new AbortController();
let events = 0;
let checkpoints: { readonly pauseMs: number; readonly durableMs: number }[] = [];

process.on('message', (message: ToRun) => {
  if (message === 'measure') send({ kind: 'measure', measure: measure() });
  else stopping.abort();
});

const { plan, diagnostics } = compile({
  file: join(folder, 'rules.mill'),
  text: readFileSync(join(folder, 'rules.mill'), 'utf8'),
});
assert.deepEqual(diagnostics, []);
const { disk, ...journals } = journalsIn(join(folder, '.millrace/journal'));
const platform = createNodePlatform();

const summary = await runJob({
  plan: plan!,
  connectors: createConnectors({ disk, journals, log: { write: () => {}, isJson: true } }),
  platform: {
    ...platform,
    startWorker: index => {
      const port = new CountedPort(index);
      ports.push(port);
      return port;
    },
  },
  workerCount: WORKERS,
  stateDirectory: join(folder, 'state'),
  checkpointEveryMs: CHECKPOINT_EVERY_MS,
  onProgress: progress => (events = progress.events),
  onCheckpoint: times => checkpoints.push(times),
  onRejected: ({ code, reason }) => send({ kind: 'warning', text: `rejected: ${code} ${reason}` }),
  onWarning: ({ code, message }) => send({ kind: 'warning', text: `${code} ${message}` }),
  signal: stopping.signal,
});
send({ kind: 'end', summary });
process.disconnect();

function measure(): RunMeasure {
  const taken = checkpoints;
  checkpoints = [];
  return {
    events,
    threads: threadMeasures(),
    maxRoundsInFlight: Math.max(0, ...ports.map(port => port.takeMost())),
    checkpoints: taken.length,
    longestPauseMs: Math.max(0, ...taken.map(({ pauseMs }) => pauseMs)),
    longestDurableMs: Math.max(0, ...taken.map(({ durableMs }) => durableMs)),
  };
}

function send(message: FromRun): void {
  process.send!(message);
}
