import type { Connector, TableSource } from '../../connector.ts';

/** The tables of a connector, as they are when they are opened. */
export function unchangingTables(connector: Connector): Pick<Connector, 'openTable'> {
  if (connector.openTable === undefined) return {};
  return { openTable: async options => unchanging(await connector.openTable!(options)) };
}

/** What a table holds now is what it held. */
function unchanging(table: TableSource): TableSource {
  return {
    read: async () => await table.read(),
    changed: async signal => {
      if (signal.aborted) return;
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
    close: async () => await table.close(),
  };
}
