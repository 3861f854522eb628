import type { Connector } from '../engine/connector.ts';
import { fileConnector } from './file/index.ts';
import { createLogConnector, type LogOptions } from './log/index.ts';
import { MemoryConnector } from './memory/index.ts';

/** All connectors by name, as rule files name them. */
export function createConnectors(options: {
  readonly log: LogOptions;
  readonly memory?: MemoryConnector;
}): ReadonlyMap<string, Connector> {
  const connectors: readonly Connector[] = [
    fileConnector,
    createLogConnector(options.log),
    options.memory ?? new MemoryConnector(),
  ];
  return new Map(connectors.map(connector => [connector.name, connector]));
}
