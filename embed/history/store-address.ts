import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import { createQuestDbConnector } from '../../connectors/questdb/index.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import type { Connector } from '../../engine/connector.ts';

/** Where series are kept, as plain data: threads open it themselves. */
export type StoreAddress =
  | { readonly kind: 'questdb'; readonly settings: QuestDbSettings }
  | { readonly kind: 'duckdb'; readonly path: string };

export function connectorOf(address: StoreAddress): Connector {
  return address.kind === 'questdb'
    ? createQuestDbConnector(address.settings)
    : createDuckDbConnector({ path: address.path });
}
