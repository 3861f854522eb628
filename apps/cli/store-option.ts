import { createQuestDbConnector } from '../../connectors/questdb/index.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import type { Connector } from '../../engine/connector.ts';
import { CommandLineError } from './command-line-error.ts';

/** `questdb`, `questdb:http://host:9000` or `none`; `missing` where nothing is said. Errors: MR7002. */
export function storeOf(option: string | undefined, questdb: QuestDbSettings): Connector | 'none' | 'missing' {
  if (option === undefined) return 'missing';
  if (option === 'none') return option;
  if (option === 'questdb') return createQuestDbConnector(questdb);
  if (option.startsWith(PREFIX)) return createQuestDbConnector({ ...questdb, url: option.slice(PREFIX.length) });
  throw new CommandLineError(
    'MR7002',
    `${option} is no store`,
    'it is `questdb`, `questdb:http://127.0.0.1:9000` or `none`',
  );
}

const PREFIX = 'questdb:';
