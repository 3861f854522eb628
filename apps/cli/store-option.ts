import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createDuckDbConnector } from '../../connectors/duckdb/index.ts';
import { createQuestDbConnector } from '../../connectors/questdb/index.ts';
import type { QuestDbSettings } from '../../connectors/questdb/settings.ts';
import type { StoreAddress } from '../../embed/history/store-address.ts';
import type { Connector } from '../../engine/connector.ts';
import { CommandLineError } from './command-line-error.ts';

/** `duckdb`, `duckdb:FILE`, `questdb`, `questdb:http://host:9000` or `none`; `missing` where nothing is said. Errors: MR7002. */
export function storeOf(option: string | undefined, questdb: QuestDbSettings): Connector | 'none' | 'missing' {
  if (option === undefined) return 'missing';
  if (option === 'none') return option;
  if (option === 'duckdb' || option.startsWith(DUCKDB)) return createDuckDbConnector({ path: duckDbFileOf(option) });
  if (option === 'questdb') return createQuestDbConnector(questdb);
  if (option.startsWith(QUESTDB)) return createQuestDbConnector({ ...questdb, url: option.slice(QUESTDB.length) });
  throw new CommandLineError(
    'MR7002',
    `${option} is no store`,
    'it is `duckdb`, `duckdb:FILE`, `questdb`, `questdb:http://127.0.0.1:9000` or `none`',
  );
}

/** The same as plain data; the DuckDB file where nothing is said and it is there. Null: there is none. Errors: MR7002. */
export function storeAddressOf(option: string | undefined, questdb: QuestDbSettings): StoreAddress | null {
  if (option === 'none') return null;
  if (option === undefined) {
    const path = duckDbFileOf(undefined);
    return existsSync(path) ? { kind: 'duckdb', path } : null;
  }
  storeOf(option, questdb); // tells what is no store
  if (option === 'questdb') return { kind: 'questdb', settings: questdb };
  if (option.startsWith(QUESTDB))
    return { kind: 'questdb', settings: { ...questdb, url: option.slice(QUESTDB.length) } };
  return { kind: 'duckdb', path: duckDbFileOf(option) };
}

/** The file that is read where a store is named, or none is. Errors: MR7002 of another store. */
export function duckDbFileOf(store: string | undefined): string {
  if (store === undefined || store === 'duckdb') return resolve(DUCKDB_FILE);
  if (store.startsWith(DUCKDB)) return resolve(store.slice(DUCKDB.length));
  throw new CommandLineError('MR7002', `${store} is no DuckDB file`, 'name one: --store duckdb or --store duckdb:FILE');
}

const DUCKDB = 'duckdb:';
const QUESTDB = 'questdb:';
const DUCKDB_FILE = '.millrace/store.duckdb';
