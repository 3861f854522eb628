/**
 * Kills the engine, NATS and QuestDB between a stream and its stored series and published alerts:
 * `node test/kill/run-pipeline.ts [--kills N] [--nats-kills N] [--questdb-kills N] [--events N] [--seed S] [--out FILE]`.
 * Exit code 1, and the folder is kept, where they are not what they should be.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../../engine/scenario/random.ts';
import { pipelineScenario } from './pipeline-scenario.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    'nats-kills': { type: 'string', default: '20' },
    'questdb-kills': { type: 'string', default: '20' },
    events: { type: 'string', default: '2000000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    out: { type: 'string' },
  },
});
const events = Number(values.events);
const folder = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'));
const startMs = performance.now();
process.stdout.write(`seed ${values.seed}; its files are in ${folder}\n`);

const { alerts, undisturbedAlerts, said, ...outcome } = await pipelineScenario({
  folder,
  events,
  kills: {
    engine: Number(values.kills),
    nats: Number(values['nats-kills']),
    questDb: Number(values['questdb-kills']),
  },
  random: createRandom(values.seed),
});
const seconds = Math.round((performance.now() - startMs) / 1000);
const differences = [
  ...(outcome.rawRows === events && outcome.rawSequences === events ? [] : [`${outcome.rawRows} rows of ${events}`]),
  ...(outcome.panes >= outcome.sampledPanes && outcome.equalPanes === outcome.panes
    ? []
    : [`${outcome.equalPanes} of ${outcome.panes} panes are those of SAMPLE BY, which has ${outcome.sampledPanes}`]),
  ...(JSON.stringify(alerts) === JSON.stringify(undisturbedAlerts)
    ? []
    : [`${alerts.length} alerts, and ${undisturbedAlerts.length} undisturbed`]),
];
for (const difference of differences) process.stdout.write(`${difference}\n`);
const result = { seed: values.seed, events, seconds, ...outcome, alerts: alerts.length, differences };
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
if (differences.length === 0) rmSync(folder, { recursive: true });
else {
  writeFileSync(join(folder, 'said.txt'), said);
  process.exitCode = 1;
}
process.stdout.write(
  `${differences.length === 0 ? 'ok    ' : 'FAILED'} pipeline: ${values.kills} kills of the engine, ${values['nats-kills']} of NATS, ` +
    `${values['questdb-kills']} of QuestDB, ${events} events, ${outcome.panes} panes, ${alerts.length} alerts, ${seconds} s\n`,
);
