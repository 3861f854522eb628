import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createConnectors } from '../../connectors/index.ts';
import { compile } from '../../dsl/compile.ts';
import { startJob } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { JobMeter, type Stretch } from '../job-meter.ts';
import { READINGS } from '../readings-file.ts';
import type { Observers } from './observers.ts';

export const EVENTS = 300_000;
const WARM_UP_SHARE = 0.1;

export const RULES = Array.from(
  { length: 20 },
  (_, i) => `
stream w${i} = from s where status == ${i % 2} window tumbling ${i + 1}m select avg(temperature) as mean, max(vibration) as v
rule r${i} on s { high when avg(temperature, ${i + 1}m) > ${80 + i}  critical when temperature > ${110 + (i % 8)} }
`,
).join('');

const { plan, diagnostics } = compile({ file: 'seen.mill', text: READINGS + RULES });
if (plan === null) throw new Error(diagnostics[0]!.message);
const connectors = createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } });

/** With checkpoints and a worker, as a service has them. */
export async function jobPass(options: {
  readonly directory: string;
  readonly observers: Observers | null;
}): Promise<Stretch> {
  const { directory, observers } = options;
  const meter = new JobMeter({ fromEvent: EVENTS * WARM_UP_SHARE, toEvent: EVENTS });
  const stateDirectory = mkdtempSync(join(directory, 'state-'));
  const job = startJob({
    plan: plan!,
    connectors,
    workerCount: 1,
    stateDirectory,
    checkpointEveryMs: 1_000,
    sources: { s: { connector: 'file', address: 'readings.csv', directory } },
    onProgress: meter.onProgress,
    onCheckpoint: () => observers?.log(),
    tracer: observers?.tracer,
    signal: new AbortController().signal,
  });
  await observers?.follow(job);
  await job.done;
  await observers?.rest();
  rmSync(stateDirectory, { recursive: true });
  return meter.stretch();
}
