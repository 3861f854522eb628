import type { Connector } from '../engine/connector.ts';
import { MillraceError } from '../engine/errors.ts';
import { closestName } from './codecs/closest-name.ts';
import { fileConnector } from './file/index.ts';
import { createLogConnector, type LogOptions } from './log/index.ts';
import { MemoryConnector } from './memory/index.ts';

export type Connectors = ReadonlyMap<string, Connector>;

/** All connectors by name, as rule files name them. */
export function createConnectors(options: { readonly log: LogOptions; readonly memory?: MemoryConnector }): Connectors {
  const connectors: readonly Connector[] = [
    fileConnector,
    createLogConnector(options.log),
    options.memory ?? new MemoryConnector(),
  ];
  return new Map(connectors.map(connector => [connector.name, connector]));
}

export function sourceConnector(connectors: Connectors, name: string): Required<Pick<Connector, 'openSource'>> {
  const { openSource } = connectorNamed(connectors, name);
  if (openSource !== undefined) return { openSource };
  throw new MillraceError('MR5013', `nothing can be read from ${name}`, { hint: 'it only takes what is routed to it' });
}

export function sinkConnector(connectors: Connectors, name: string): Required<Pick<Connector, 'openSink'>> {
  const { openSink } = connectorNamed(connectors, name);
  if (openSink !== undefined) return { openSink };
  throw new MillraceError('MR5013', `nothing can be routed to ${name}`, { hint: 'it is only read from' });
}

function connectorNamed(connectors: Connectors, name: string): Connector {
  const connector = connectors.get(name);
  if (connector !== undefined) return connector;
  const names = [...connectors.keys()];
  const guess = closestName(name, names);
  throw new MillraceError('MR5013', `there is no connector named ${name}`, {
    hint: guess === undefined ? `there are ${names.join(', ')}` : `did you mean ${guess}?`,
  });
}
