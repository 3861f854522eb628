import type { Connector } from '../../engine/connector.ts';

/** Series and the log of alerts in one DuckDB file; its library is loaded when the first one is opened. Errors: MR5300 to MR5312. */
export function createDuckDbConnector({ path }: { readonly path: string }): Connector {
  return {
    name: 'duckdb',
    hasAlertLog: true,
    openStore: async options => await (await import('./open-store.ts')).openStore(path, options),
    openReader: async () => await (await import('./series-reader.ts')).openReader(path),
  };
}
