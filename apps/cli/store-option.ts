import { resolve } from 'node:path';
import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import { createQuestDbConnector } from '../../connectors/questdb/index.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import type { Connector } from '../../engine/connector.ts';
import { CommandLineError } from './command-line-error.ts';

/** `duckdb`, `duckdb:FILE`, `questdb`, `questdb:http://host:9000` or `none`; `missing` where nothing is said. Errors: MR7002. */
export function storeOf(option: string | undefined, questdb: QuestDbSettings): Connector | 'none' | 'missing' {
  if (option === undefined) return 'missing';
  if (option === 'none') return option;
  if (option === 'duckdb') return createDuckDbConnector({ path: resolve(DUCKDB_FILE) });
  if (option.startsWith(DUCKDB)) return createDuckDbConnector({ path: resolve(option.slice(DUCKDB.length)) });
  if (option === 'questdb') return createQuestDbConnector(questdb);
  if (option.startsWith(QUESTDB)) return createQuestDbConnector({ ...questdb, url: option.slice(QUESTDB.length) });
  throw new CommandLineError(
    'MR7002',
    `${option} is no store`,
    'it is `duckdb`, `duckdb:FILE`, `questdb`, `questdb:http://127.0.0.1:9000` or `none`',
  );
}

const DUCKDB = 'duckdb:';
const QUESTDB = 'questdb:';
const DUCKDB_FILE = '.millrace/store.duckdb';
