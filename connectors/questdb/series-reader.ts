import { type Field, SERIES_FIELDS, type SeriesKind, type ValueType } from '../../dsl/plan.ts';
import type { Series, SeriesReader } from '../../engine/connector.ts';
import { literal } from './names.ts';
import { QuestDbClient } from './questdb-client.ts';
import { readSeries, seriesBounds, seriesKeys, seriesLag, seriesLead } from './read-series.ts';
import type { QuestDbSettings } from './settings.ts';
import { TIME_COLUMN } from './table-columns.ts';
import { untilApplied } from './until-applied.ts';

/** Errors: those of `QuestDbClient`. */
export function openReader(settings: QuestDbSettings): SeriesReader {
  const client = new QuestDbClient(settings);
  return {
    find: async name => await findSeries(client, name),
    read: options => readSeries({ client, ...options }),
    bounds: async series => await seriesBounds(client, series),
    lead: async options => await seriesLead({ client, ...options }),
    lag: async options => await seriesLag({ client, ...options }),
    keys: async options => await seriesKeys({ client, ...options }),
    settled: async series => await untilApplied(client, series),
    close: async () => await client.close(),
  };
}

/**
 * What a table says of its series: columns by which rows are known are the key. The table does not say that a word is a
 * quality or that a number is a duration: these are read as symbol and int. Of a rejected series no key is known, and its
 * columns are fields.
 */
async function findSeries(client: QuestDbClient, stream: string): Promise<Series | null> {
  const [table] = await client.query(`SELECT id FROM tables() WHERE table_name = ${literal(stream)}`);
  if (table === undefined) return null;
  const columns = await client.query(`SELECT "column", "type", upsertKey FROM table_columns(${literal(stream)})`);
  const kind = kindOf(new Set(columns.map(([name]) => String(name))));
  if (kind === null) return null;
  const own = SERIES_FIELDS[kind].map(({ name }) => name);
  const key: Field[] = [];
  const fields: Field[] = [];
  for (const [name, type, isKey] of columns) {
    if (name === TIME_COLUMN || own.includes(String(name))) continue;
    (isKey === true ? key : fields).push({ name: String(name), type: VALUE_TYPES[String(type)] ?? 'string' });
  }
  return { stream, keepUs: null, key, fields, kind };
}

function kindOf(names: ReadonlySet<string>): SeriesKind | null {
  if (!names.has(TIME_COLUMN)) return null;
  const kinds = Object.keys(SERIES_FIELDS) as SeriesKind[]; // as: its own names
  return kinds.find(kind => SERIES_FIELDS[kind].every(({ name }) => names.has(name))) ?? null;
}

const VALUE_TYPES: Readonly<Record<string, ValueType>> = {
  DOUBLE: 'float',
  LONG: 'int',
  INT: 'bool',
  SYMBOL: 'symbol',
  VARCHAR: 'string',
  TIMESTAMP: 'time',
};
