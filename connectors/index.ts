import type { Connector } from '../engine/connector.ts';
import type { Disk } from '../engine/disk.ts';
import { createFileConnector } from './file/index.ts';
import { createJournalConnector } from './journal/index.ts';
import type { JournalOptions } from './journal/journal-options.ts';
import { createLogConnector, type LogOptions } from './log/index.ts';
import { MemoryConnector } from './memory/index.ts';
import { createNatsConnector } from './nats/index.ts';
import type { NatsSettings } from './nats/nats-settings.ts';
import { createSimulatorConnector } from './simulator/index.ts';

/** All connectors by name, as rule files name them. */
export function createConnectors(options: {
  readonly disk: Disk;
  readonly log: LogOptions;
  /** Where journals are; none: there are none. */
  readonly journals?: Omit<JournalOptions, 'disk'>;
  readonly memory?: MemoryConnector;
  /** Where NATS is; none: it is not read. */
  readonly nats?: NatsSettings;
}): ReadonlyMap<string, Connector> {
  const { disk, log, journals, memory = new MemoryConnector(), nats } = options;
  const connectors: readonly Connector[] = [
    createFileConnector(disk),
    ...(journals === undefined ? [] : [createJournalConnector({ ...journals, disk })]),
    createLogConnector(log),
    memory,
    createSimulatorConnector(),
    ...(nats === undefined ? [] : [createNatsConnector(nats)]),
  ];
  return new Map(connectors.map(connector => [connector.name, connector]));
}
