import { createConnectors } from '../../connectors/index.ts';
import type { NatsSettings } from '../../connectors/nats/nats-settings.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import { createStoredConnector } from '../../connectors/stored/index.ts';
import type { Plan, SourceNode } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import type { Connector, SeriesReader } from '../../engine/connector.ts';
import { HistoryRun } from '../../engine/runtime/history/history-run.ts';
import type { HistoryShare } from '../../engine/runtime/history/history-share.ts';
import type { TimeWindow } from '../../engine/runtime/history/time-window.ts';
import type { SourceAddress } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { keysOfShare, storedKeys } from '../../engine/runtime/stored-keys.ts';
import type { KeyShare } from '../../engine/state/key-share.ts';
import { connectorOf, type StoreAddress } from './store-address.ts';

/** All that a share needs to be run on whatever thread: plain data. */
export type HistoryTask = {
  readonly plan: Plan;
  readonly share: KeyShare;
  readonly sources: Readonly<Record<string, SourceAddress>>;
  /** Null: nothing is read from one. */
  readonly store: StoreAddress | null;
  /** Of event time, that is read. */
  readonly window: TimeWindow;
  /** By stream; of the others all keys are read. */
  readonly keys: Readonly<Record<string, readonly (readonly Scalar[])[]>>;
  readonly functions: readonly string[];
  /** Where tables may be. */
  readonly nats: NatsSettings | undefined;
  readonly questdb: QuestDbSettings | undefined;
};

/** Under this name the engine finds stored series. */
export const STORED = 'stored';

/** Errors: those of the store. */
export async function openHistoryTask(task: HistoryTask): Promise<HistoryShare> {
  const { plan, share, sources, store, window, functions, nats, questdb } = task;
  const reader = store === null ? null : await connectorOf(store).openReader!();
  const known = createConnectors({
    disk: new NodeDisk(),
    log: { write: () => {}, isJson: false },
    ...(nats === undefined ? {} : { nats }),
    ...(questdb === undefined ? {} : { questdb }),
  });
  const stored = reader === null ? [] : [[STORED, storedConnector(reader, task)] as const];
  return new HistoryRun({
    plan,
    share,
    connectors: new Map<string, Connector>([...known, ...stored]),
    sources,
    window,
    bounded: [STORED],
    functions,
    onClose: async () => await reader?.close(),
  });
}

function storedConnector(reader: SeriesReader, task: HistoryTask): Connector {
  return createStoredConnector({
    reader,
    ...task.window,
    keysOf: async stream => await keysOf(stream, reader, task),
    hasLate: true, // the plan says what is late
    hasRejected: true,
    endArrivalUs: -Infinity,
  });
}

/** Of the share; undefined: all are read, and those of others are left out behind that. */
async function keysOf(
  stream: string,
  reader: SeriesReader,
  { plan, share, keys, window }: HistoryTask,
): Promise<readonly (readonly Scalar[])[] | undefined> {
  const source = plan.nodes.find((node): node is SourceNode => node.kind === 'source' && node.id === stream)!;
  if (source.key.length === 0) return undefined;
  const asked = keys[stream];
  if (asked === undefined && share.count === 1) return undefined;
  const series = await reader.find(stream);
  if (series === null) return undefined;
  return keysOfShare(asked ?? (await storedKeys(reader, source, { series, ...window })), share);
}
