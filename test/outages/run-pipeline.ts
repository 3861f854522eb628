/**
 * Kills the engine, NATS and QuestDB between a stream and its stored series and published alerts, and cuts connections:
 * `node test/outages/run-pipeline.ts [--kills N] [--nats-kills N] [--questdb-kills N] [--cuts N] [--events N] [--seed S] [--out FILE]`.
 * Exit code 1, and the folder is kept, where they are not what they should be.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../../engine/scenario/random.ts';
import { differencesOf } from './outcome.ts';
import { pipelineScenario } from './pipeline-scenario.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    'nats-kills': { type: 'string', default: '20' },
    'questdb-kills': { type: 'string', default: '20' },
    cuts: { type: 'string', default: '50' }, // of each server's connections
    events: { type: 'string', default: '2000000' }, // at least
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    out: { type: 'string' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'));
const startMs = performance.now();
process.stdout.write(`seed ${values.seed}; its files are in ${folder}\n`);

const kills = {
  engine: Number(values.kills),
  nats: Number(values['nats-kills']),
  questDb: Number(values['questdb-kills']),
};
const cuts = { nats: Number(values.cuts), questDb: Number(values.cuts) };
const { alerts, undisturbedAlerts, said, ...outcome } = await pipelineScenario({
  folder,
  backlog: Number(values.events) / 2,
  eventsPerSecond: Infinity,
  kills,
  cuts,
  random: createRandom(values.seed),
});
const seconds = Math.round((performance.now() - startMs) / 1000);
const differences = differencesOf({ ...outcome, alerts, undisturbedAlerts });
for (const difference of differences) process.stdout.write(`${difference}\n`);
const result = { seed: values.seed, kills, cuts, seconds, ...outcome, alerts: alerts.length, differences };
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
if (differences.length === 0) rmSync(folder, { recursive: true });
else {
  writeFileSync(join(folder, 'said.txt'), said);
  process.exitCode = 1;
}
process.stdout.write(
  `${differences.length === 0 ? 'ok    ' : 'FAILED'} pipeline: ${kills.engine} kills of the engine, ${kills.nats} of NATS, ` +
    `${kills.questDb} of QuestDB, ${cuts.nats + cuts.questDb} cut connections, ${outcome.messages} messages, ${outcome.panes} panes, ` +
    `${alerts.length} alerts, ${seconds} s\n`,
);
