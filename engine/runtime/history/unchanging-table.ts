import type { TableSource } from '../../connector.ts';

/** What a table holds now is what it held. */
export function unchanging(table: TableSource): TableSource {
  return {
    read: async () => await table.read(),
    changed: async signal => {
      if (signal.aborted) return;
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
    close: async () => await table.close(),
  };
}
