import type { Connector } from '../engine/connector.ts';
import type { Disk } from '../engine/disk.ts';
import { createFileConnector } from './file/index.ts';
import { createJournalConnector } from './journal/index.ts';
import type { JournalOptions } from './journal/journal-options.ts';
import { createLogConnector, type LogOptions } from './log/index.ts';
import { MemoryConnector } from './memory/index.ts';
import { createNatsConnectors } from './nats/index.ts';
import type { NatsSettings } from './nats/nats-settings.ts';
import { createSimulatorConnector } from './simulator/index.ts';
import { createQuestDbConnector } from './questdb/index.ts';
import type { QuestDbSettings } from './questdb/settings.ts';

/** All connectors by name, as rule files name them. */
export function createConnectors(options: {
  readonly disk: Disk;
  readonly log: LogOptions;
  /** Where journals are; none: there are none. */
  readonly journals?: Omit<JournalOptions, 'disk'>;
  readonly memory?: MemoryConnector;
  /** Where NATS is; none: it is not read. */
  readonly nats?: NatsSettings;
  /** Where QuestDB is; none: no tables are read from it. */
  readonly questdb?: QuestDbSettings;
}): ReadonlyMap<string, Connector> {
  const { disk, log, journals, memory = new MemoryConnector(), nats, questdb } = options;
  const connectors: readonly Connector[] = [
    createFileConnector(disk),
    ...(journals === undefined ? [] : [createJournalConnector({ ...journals, disk })]),
    createLogConnector(log),
    memory,
    createSimulatorConnector(),
    ...(nats === undefined ? [] : Object.values(createNatsConnectors(nats))),
    ...(questdb === undefined ? [] : [createQuestDbConnector(questdb)]),
  ];
  return new Map(connectors.map(connector => [connector.name, connector]));
}
