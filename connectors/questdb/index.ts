import type { Connector } from '../../engine/connector.ts';
import type { QuestDbSettings } from './settings.ts';

/** Series and tables in QuestDB; its client is loaded when the first one is opened. Errors: MR5200 to MR5214. */
export function createQuestDbConnector(settings: QuestDbSettings): Connector {
  return {
    name: 'questdb',
    openTable: async options => new (await import('./questdb-table.ts')).QuestDbTable(settings, options),
    openStore: async options => await (await import('./open-store.ts')).openStore(settings, options),
  };
}
