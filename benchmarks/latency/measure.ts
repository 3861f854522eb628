import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { createConnectors } from '../../connectors/index.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { startJob } from '../../engine/runtime/job.ts';
import { planOf } from '../throughput/jetstream/engine-pass.ts';
import { type Arrivals, type FromTimer, LIMIT, SUBJECTS, type ToTimer } from './messages.ts';

export type Latencies = {
  /** Of events that are published as quickly as they can be, until the last one is handled. */
  readonly fullLoad: number;
  readonly eventsPerSecond: number;
  readonly checkpoints: number;
  readonly engine: Arrivals;
  readonly bare: Arrivals;
};

/** Of alerts at half of the load that publisher, server, engine and bare consumer can bear together on this machine. */
export async function measureLatencies(options: {
  readonly nats: string;
  readonly stateDirectory: string;
  readonly seconds: number;
  readonly workerCount: number;
}): Promise<Latencies> {
  const { nats, stateDirectory, seconds, workerCount } = options;
  await createStreams(nats);
  const ending = new AbortController();
  const flooded = Promise.withResolvers<void>();
  const job = startJob({
    plan: planOf(TIMED_RULES),
    connectors: createConnectors({
      disk: new NodeDisk(),
      log: { write: () => {}, isJson: false },
      nats: { servers: [nats] },
    }),
    stateDirectory,
    workerCount,
    onProgress: ({ events }) => {
      if (events === FLOOD_EVENTS) flooded.resolve();
    },
    onWarning: warning => console.error(`warning: ${warning.message}`),
    signal: ending.signal,
  });
  const children: ChildProcess[] = [];
  try {
    await job.opened;
    const bare = await startProcess('bare-answers.ts', [nats, STREAM]);
    children.push(bare);
    const timer = await startProcess('alert-timer.ts', [nats]);
    children.push(timer);
    const jobEnded = job.done.then(() => {
      throw new Error('the job ended too soon');
    });
    const failed = Promise.race([jobEnded, endOf(bare, 'the bare consumer'), endOf(timer, 'the timer')]);
    failed.catch(() => {}); // of what is ended at the end, too
    const startMs = performance.now();
    timer.send({ kind: 'flood', events: FLOOD_EVENTS } satisfies ToTimer);
    await Promise.race([flooded.promise, failed]);
    const fullLoad = Math.round(FLOOD_EVENTS / ((performance.now() - startMs) / 1_000));
    const eventsPerSecond = Math.round(fullLoad / 2);
    console.log(`${fullLoad} events/s at full load; ${seconds / 60} minutes of ${eventsPerSecond} follow`);
    const before = await durableOf(job);
    timer.send({ kind: 'time', eventsPerSecond, seconds } satisfies ToTimer);
    const [arrivals] = (await Promise.race([once(timer, 'message'), failed])) as [Exclude<FromTimer, 'ready'>]; // as: what it sends now
    const checkpoints = (await durableOf(job)) - before;
    return { fullLoad, eventsPerSecond, checkpoints, ...arrivals };
  } finally {
    for (const child of children) child.kill();
    ending.abort();
    await job.done;
  }
}

/** Waits until it is connected. It ends with this process, which is its only channel. */
async function startProcess(script: string, words: readonly string[]): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, script), words, { serialization: 'advanced' });
  await Promise.race([once(child, 'message'), endOf(child, script)]);
  return child;
}

/** Rejects when it ends: all that it says comes before. */
async function endOf(child: ChildProcess, script: string): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`${script} ended too soon (${code ?? signal})`);
}

async function durableOf(job: ReturnType<typeof startJob>): Promise<number> {
  const { checkpoints } = await job.metrics();
  return checkpoints!.durable;
}

async function createStreams(url: string): Promise<void> {
  const connection = await connect({ servers: url });
  const { streams } = await jetstreamManager(connection);
  // of the readings only the last are kept: ten minutes of them are gigabytes
  await streams.add({ name: STREAM, subjects: [SUBJECTS.readings], max_msgs: KEPT_READINGS });
  await streams.add({ name: 'ALERTS', subjects: [SUBJECTS.engine] });
  await connection.close();
}

const STREAM = 'TIMED';
const KEPT_READINGS = 2_000_000;
const FLOOD_EVENTS = 500_000;
const TIMED_RULES = `stream timed from nats "${SUBJECTS.readings}" json {
  key device: symbol  value: float  sent: int  time ts as us  lateness 0s
}
rule hot on timed { high when value > ${LIMIT}  clear when value <= ${LIMIT}  message "{sent}" }
route alerts to nats "${SUBJECTS.engine}"
`;
