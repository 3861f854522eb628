/**
 * Processes that share the work, of which one is killed, stopped or drained every few seconds:
 * `node test/cluster/run.ts [--minutes N] [--processes N] [--shares N] [--stop S] [--events PER_SECOND] [--seed S] [--out FILE]`.
 * Exit code 1, and the folder is kept, where what they stored and published is not that of one undisturbed run.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../../engine/scenario/random.ts';
import { differencesOf } from '../outages/outcome.ts';
import { clusterScenario, type Disturbance } from './cluster-scenario.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    processes: { type: 'string', default: '4' },
    shares: { type: 'string', default: '8' },
    stop: { type: 'string', default: '30' }, // seconds
    events: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    out: { type: 'string' },
  },
});
const KINDS: readonly Disturbance[] = ['kill', 'stop', 'drain'];
const folder = mkdtempSync(join(tmpdir(), 'millrace-cluster-'));
const startMs = performance.now();
const endMs = startMs + Number(values.minutes) * 60_000;
process.stdout.write(`seed ${values.seed}; its files are in ${folder}\n`);

const random = createRandom(values.seed);
const { alerts, undisturbedAlerts, said, moveMs, ...outcome } = await clusterScenario({
  folder,
  processes: Number(values.processes),
  shares: Number(values.shares),
  backlog: 20_000,
  eventsPerSecond: Number(values.events),
  next: () => (performance.now() < endMs ? KINDS[Math.floor(random() * KINDS.length)]! : null),
  stopMs: Number(values.stop) * 1_000,
  pauseMs: 2_000,
  random,
});
const seconds = Math.round((performance.now() - startMs) / 1000);
const differences = differencesOf({ ...outcome, alerts, undisturbedAlerts });
for (const difference of differences) process.stdout.write(`${difference}\n`);
const sorted = [...moveMs].sort((a, b) => a - b);
const moves = { count: sorted.length, medianMs: sorted[sorted.length >> 1] ?? null, mostMs: sorted.at(-1) ?? null };
const { minutes, processes, shares } = values;
const result = {
  seed: values.seed,
  minutes,
  processes,
  shares,
  seconds,
  ...outcome,
  moves,
  alerts: alerts.length,
  differences,
};
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
if (differences.length === 0) rmSync(folder, { recursive: true });
else {
  writeFileSync(join(folder, 'said.txt'), said);
  process.exitCode = 1;
}
const { kill, stop, drain } = outcome.counts;
process.stdout.write(
  `${differences.length === 0 ? 'ok    ' : 'FAILED'} cluster: ${processes} processes, ${kill} kills, ${stop} stops, ${drain} drains, ` +
    `${outcome.messages} messages, ${outcome.panes} panes, ${alerts.length} alerts, ${moves.count} shares moved in ` +
    `${((moves.medianMs ?? 0) / 1000).toFixed(1)} s, at most ${((moves.mostMs ?? 0) / 1000).toFixed(1)} s, ${seconds} s\n`,
);
