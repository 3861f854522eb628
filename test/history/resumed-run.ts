import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import { createFileConnector } from '../../connectors/file/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { createStoredConnector } from '../../connectors/stored/index.ts';
import type { Plan, SourceNode } from '../../dsl/plan.ts';
import type { Connector } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { type JobWarning, startJob } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import type { KeyShare } from '../../engine/state/key-share.ts';
import type { Arriving } from './telemetry.ts';

export type Ran = {
  readonly alerts: readonly AlertChange[];
  /** By stream, as text. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly JobWarning[];
};

/** A run from memory with a state folder, over events that arrive one after the other, with its series in a DuckDB file. */
export async function resumedRun(options: {
  readonly plan: Plan;
  readonly events: readonly Arriving[];
  readonly state: string;
  /** A file, or something else. */
  readonly store: string | Connector;
  readonly workers: number;
  /** Else it is asked to end when it has taken all. */
  readonly isEnd: boolean;
  readonly share?: KeyShare;
  readonly signal?: AbortSignal;
}): Promise<Ran> {
  const { plan, events, state, store, workers, isEnd, share, signal } = options;
  const memory = new MemoryConnector({ arrivalClock: 'recorded', capacity: Infinity });
  const sources = plan.nodes.filter((node): node is SourceNode => node.kind === 'source');
  const channelOf = new Map(sources.map(({ id, address }) => [id, memory.channel(address)]));
  const alerts: AlertChange[] = [];
  const rows = new Map<string, string[]>();
  const warnings: JobWarning[] = [];
  const stopping = new AbortController();
  const job = startJob({
    plan,
    connectors: new Map<string, Connector>([
      ['memory', memory],
      ['file', createFileConnector(new NodeDisk())],
    ]),
    store: typeof store === 'string' ? createDuckDbConnector({ path: store }) : store,
    openStretch: createStoredConnector,
    stateDirectory: state,
    workerCount: workers,
    checkpointEveryMs: 1_000_000,
    rowStreams: plan.nodes.flatMap(({ kind, id }) => (kind === 'select' && !id.includes('#') ? [id] : [])),
    isRouteShown: () => true,
    onAlert: change => alerts.push(change),
    onRows: ({ stream, rows: some }) => {
      const ofStream = rows.get(stream) ?? [];
      rows.set(stream, ofStream);
      for (const row of some) ofStream.push(JSON.stringify(row));
    },
    onWarning: warning => warnings.push(warning),
    ...(share === undefined ? {} : { share }),
    signal: signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, signal]),
  });
  job.opened.catch(() => {}); // told by `done`
  await Promise.race([job.opened.catch(() => {}), job.done]);
  for (const { stream, event, arrivalUs } of events) await channelOf.get(stream)!.push([event], { arrivalUs });
  const endUs = events.at(-1)?.arrivalUs;
  if (endUs !== undefined) for (const channel of channelOf.values()) await channel.tick(endUs);
  await Promise.race([job.done, untilTaken([...channelOf.values()])]);
  if (isEnd) for (const channel of channelOf.values()) channel.end();
  else stopping.abort();
  await job.done;
  return { alerts, warnings, rows: Object.fromEntries([...rows].map(([stream, some]) => [stream, some.sort()])) };
}

async function untilTaken(channels: readonly { readonly size: number }[]): Promise<void> {
  while (channels.some(({ size }) => size > 0)) await new Promise(resolve => setTimeout(resolve, 2));
}

/** What reads and stores its streams alone. */
export function withoutRules({ nodes, ...plan }: Plan): Plan {
  const sources = new Set(nodes.flatMap(({ kind, id }) => (kind === 'source' ? [id] : [])));
  const isKept = (node: Plan['nodes'][number]) =>
    node.kind === 'source' || node.kind === 'table' || (node.kind === 'store' && sources.has(node.input));
  return { ...plan, nodes: nodes.filter(isKept) };
}
