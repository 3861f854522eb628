import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { createConnectors } from '../../connectors/index.ts';
import { replayPlan } from '../../embed/history/replay-plan.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { Stopwatch } from '../stopwatch.ts';
import { planOf } from './rules.ts';

/** From the start of a run to its end, a new engine, whose code V8 has to compile, included. */
export type Pass = {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly events: number;
  /** Changes of alerts, and a sum of what they are. */
  readonly changes: number;
  readonly digest: string;
};

/** `millrace replay` over a file, on the calling thread. */
export async function replayPass(path: string): Promise<Pass> {
  const plan = planOf(`file "${basename(path)}" parquet`);
  const alerts = new AlertSum();
  return await passOf(alerts, async () => {
    const { events } = await replayPlan(plan, {
      fromUs: null,
      toUs: null,
      nowUs: Infinity,
      store: null,
      sources: { bed: { connector: 'file', address: basename(path), directory: dirname(path) } },
      workers: 0,
      onAlerts: changes => changes.forEach(change => alerts.add(change)),
      signal: new AbortController().signal,
    });
    return events;
  });
}

/** A job that reads a JetStream stream to its end, as live, on the calling thread. */
export async function jetstreamPass(options: { readonly url: string; readonly subject: string }): Promise<Pass> {
  const plan = planOf(`nats "${options.subject}" json`);
  const alerts = new AlertSum();
  return await passOf(alerts, async () => {
    const { events } = await runJob({
      plan,
      connectors: createConnectors({
        disk: new NodeDisk(),
        log: { write: () => {}, isJson: false },
        nats: { servers: [options.url] },
      }),
      workerCount: 0,
      isDrained: true,
      onAlert: change => alerts.add(change),
      onWarning: warning => {
        throw new Error(warning.message);
      },
      signal: new AbortController().signal,
    });
    return events;
  });
}

async function passOf(alerts: AlertSum, run: () => Promise<number>): Promise<Pass> {
  const watch = Stopwatch.start();
  const events = await run();
  const { ms, cpuMs } = watch.stop();
  return { seconds: ms / 1_000, cpuSeconds: cpuMs / 1_000, events, ...alerts.end() };
}

/** Of changes in whatever order: a replay gives them by time, a job as they come. */
class AlertSum {
  readonly #changes: string[] = [];

  add({ id, change, level, timeUs }: AlertChange): void {
    this.#changes.push(`${id} ${change} ${level} ${timeUs}\n`);
  }

  end(): Pick<Pass, 'changes' | 'digest'> {
    const digest = createHash('sha256').update(this.#changes.toSorted().join('')).digest('hex');
    return { changes: this.#changes.length, digest };
  }
}
