import type { Connector, Sink } from '../../../engine/connector.ts';

/** Resolves when a write may begin. Rejects when none may begin any more. */
export type MayWrite = () => Promise<void>;

/** A connector whose sinks begin each write only when it may. */
export function guardedConnector(connector: Connector, mayWrite: MayWrite): Connector {
  const { name, hasAlertLog } = connector;
  return {
    name,
    ...(hasAlertLog === undefined ? {} : { hasAlertLog }),
    ...(connector.openSource === undefined
      ? {}
      : { openSource: async options => await connector.openSource!(options) }),
    ...(connector.openTable === undefined ? {} : { openTable: async options => await connector.openTable!(options) }),
    ...(connector.openReader === undefined ? {} : { openReader: async () => await connector.openReader!() }),
    ...(connector.openSink === undefined
      ? {}
      : { openSink: async options => guardedSink(await connector.openSink!(options), mayWrite) }),
    ...(connector.openStore === undefined
      ? {}
      : { openStore: async options => guardedSink(await connector.openStore!(options), mayWrite) }),
  };
}

function guardedSink(sink: Sink, mayWrite: MayWrite): Sink {
  return {
    maxInFlight: sink.maxInFlight,
    write: async input => {
      await mayWrite();
      await sink.write(input);
    },
    position: async () => await sink.position(),
    close: async () => await sink.close(),
  };
}
