import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { createConnectors } from '../../../connectors/index.ts';
import { NodeDisk } from '../../../engine/runtime/node-disk.ts';
import { runJob } from '../../../engine/runtime/job.ts';
import { planOf } from './engine-pass.ts';
import type { ToTimer } from './alert-timer.ts';

export type AlertLatencies = {
  /** Of events that are published as quickly as they can be, until the last one is handled. */
  readonly fullLoad: number;
  readonly eventsPerSecond: number;
  /** From the publication of an event to the arrival of its alert. */
  readonly milliseconds: readonly number[];
};

/** Of alerts at half of the load that publisher, server and engine can bear together on this machine. */
export async function alertLatencies(options: {
  readonly nats: string;
  readonly seconds: number;
  readonly workerCount: number;
}): Promise<AlertLatencies> {
  const { nats, seconds, workerCount } = options;
  await createStreams(nats);
  const ending = new AbortController();
  const flooded = Promise.withResolvers<void>();
  const job = runJob({
    plan: planOf(TIMED_RULES),
    connectors: createConnectors({
      disk: new NodeDisk(),
      log: { write: () => {}, isJson: false },
      nats: { servers: [nats] },
    }),
    workerCount,
    onProgress: ({ events }) => {
      if (events === FLOOD_EVENTS) flooded.resolve();
    },
    signal: ending.signal,
  });
  const timer = fork(join(import.meta.dirname, 'alert-timer.ts'), [nats]);
  await once(timer, 'message'); // it is connected
  const startMs = performance.now();
  timer.send({ kind: 'flood', events: FLOOD_EVENTS } satisfies ToTimer);
  await Promise.race([flooded.promise, job]);
  const fullLoad = Math.round(FLOOD_EVENTS / ((performance.now() - startMs) / 1_000));
  const eventsPerSecond = Math.round(fullLoad / 2);
  timer.send({ kind: 'time', eventsPerSecond, seconds } satisfies ToTimer);
  const [milliseconds] = (await once(timer, 'message')) as [readonly number[]]; // as: it sends them
  ending.abort();
  await job;
  return { fullLoad, eventsPerSecond, milliseconds };
}

async function createStreams(url: string): Promise<void> {
  const connection = await connect({ servers: url });
  const { streams } = await jetstreamManager(connection);
  for (const [name, subject] of [
    ['TIMED', 'timed.>'],
    ['ALERTS', 'alerts.>'],
  ] as const) {
    await streams.delete(name).catch(() => {}); // of the pass before
    await streams.add({ name, subjects: [subject] });
  }
  await connection.close();
}

const TIMED_RULES = `stream timed from nats "timed.readings" json {
  key device: symbol  value: float  sent: int  time ts as us  lateness 0s
}
rule hot on timed { high when value > 100  clear when value <= 100  message "{sent}" }
route alerts to nats "alerts.hot"
`;
const FLOOD_EVENTS = 500_000;
