/**
 * What happens to servers, connections and the engine, for as long as it does in a plant, at full input:
 * `node test/outages/run.ts [--stop S] [--swallow S] [--away S] [--settle S] [--seed S] [--out FILE]`, in seconds. A line for
 * each case; exit code 1, and the folder is kept, where something is missing, doubled or not as without it, or where memory
 * is more than a tenth above what it was before.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../../engine/scenario/random.ts';
import { type Observation, outageScenario } from './outage-scenario.ts';
import { differencesOf } from './outcome.ts';

const { values } = parseArgs({
  options: {
    stop: { type: 'string', default: '30' },
    swallow: { type: 'string', default: '90' },
    away: { type: 'string', default: '600' },
    settle: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    out: { type: 'string' },
  },
});
const MAX_GROWTH = 1.1;
const [stop, swallow, away] = [Number(values.stop), Number(values.swallow), Number(values.away)];
const folder = mkdtempSync(join(tmpdir(), 'millrace-outages-'));
const startMs = performance.now();
process.stdout.write(`seed ${values.seed}; its files are in ${folder}\n`);

const { alerts, undisturbedAlerts, said, ...outcome } = await outageScenario({
  folder,
  natsConfig: 'ping_interval: "5s"', // by default minutes
  backlog: 500_000,
  eventsPerSecond: Infinity,
  settleSeconds: Number(values.settle),
  disturbances: [
    { kind: 'stop', seconds: stop },
    { kind: 'swallow', what: 'nats', seconds: swallow },
    { kind: 'swallow', what: 'questDb', seconds: swallow },
    { kind: 'away', what: 'nats', seconds: away },
    { kind: 'away', what: 'questDb', seconds: away },
  ],
  random: createRandom(values.seed),
  onObservation: observation => process.stdout.write(`${lineOf(observation)}\n`),
});
const seconds = Math.round((performance.now() - startMs) / 1000);
const differences = [
  ...differencesOf({ ...outcome, alerts, undisturbedAlerts }),
  ...outcome.observations
    .filter(({ rssBytes }) => Math.max(rssBytes.during, rssBytes.after) > MAX_GROWTH * rssBytes.before)
    .map(({ name }) => `${name}: its memory grew`),
];
for (const difference of differences) process.stdout.write(`${difference}\n`);
const result = { seed: values.seed, stop, swallow, away, seconds, ...outcome, alerts: alerts.length, differences };
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
writeFileSync(join(folder, 'said.txt'), said);
if (differences.length === 0) rmSync(folder, { recursive: true });
else process.exitCode = 1;
process.stdout.write(
  `${differences.length === 0 ? 'ok    ' : 'FAILED'} outages: ${outcome.observations.length} cases, ${outcome.messages} messages, ` +
    `${outcome.panes} panes, ${alerts.length} alerts, ${seconds} s\n`,
);

function lineOf({ name, rssBytes, behind, recoveredMs, told }: Observation): string {
  const { before, during, after } = rssBytes;
  const memory = [before, during, after].map(bytes => (bytes / 1e6).toFixed(0)).join(', ');
  return (
    `${name}: memory ${memory} MB before, during, after; up to ${behind} behind; caught up in ${(recoveredMs / 1000).toFixed(1)} s; ` +
    `told ${told.length === 0 ? 'nothing' : told.join(' ')}`
  );
}
