import type { Connector, StoredStretch } from '../../engine/connector.ts';
import { StoredSource } from './stored-source.ts';

/** Reads a stretch of raw series back as the events that they are of, each with its arrival: `address` is the stream's name. */
export function createStoredConnector(stretch: StoredStretch): Connector {
  return { name: 'stored', openSource: async options => new StoredSource(options, stretch) };
}
