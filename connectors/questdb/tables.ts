import type { Series } from '../../engine/connector.ts';
import { literal, quoted } from './names.ts';
import { type PartitionUnit, partitionUnit, sameTimeToLive, type TimeToLive, timeToLive } from './partitions.ts';
import type { QuestDbClient } from './questdb-client.ts';
import { otherShape, suspended } from './questdb-errors.ts';
import { readTableState } from './table-watch.ts';
import { SQL_TYPES, type TableColumn, TIME_COLUMN, tableColumns } from './table-columns.ts';

/** What has to be done for the table of a series; `what` says it to people. */
export type TableChange = { readonly table: string; readonly what: string; readonly statement: string };

/**
 * What would be created or changed so that each series has its table; nothing is. Errors: MR5203 where a table is there
 * that cannot be made to fit, MR5204 for names.
 */
export async function planTables(client: QuestDbClient, series: readonly Series[]): Promise<TableChange[]> {
  const changes: TableChange[] = [];
  for (const one of series) changes.push(...(await planTable(client, one)));
  return changes;
}

/**
 * Does it. Another process may do the same at the same time. Rows may be written at once; QuestDB tells others of a change
 * when it has come to it behind the rows that were there, and that is waited for, if not for ever.
 */
export async function applyTables(client: QuestDbClient, changes: readonly TableChange[]): Promise<void> {
  for (const { statement } of changes) await client.query(statement);
  for (const table of new Set(changes.map(change => change.table))) await waitUntilApplied(client, table);
}

async function waitUntilApplied(client: QuestDbClient, table: string): Promise<void> {
  const state = await readTableState(client, table);
  for (let tries = 0; tries < MOST_LOOKS; tries++) {
    const now = await readTableState(client, table);
    if (state === null || now === null || now.id !== state.id || now.appliedTransaction >= state.transaction) return;
    if (now.suspendedFor !== null) throw suspended(table, now.suspendedFor);
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function planTable(client: QuestDbClient, series: Series): Promise<TableChange[]> {
  const table = series.stream;
  const columns = tableColumns(series);
  const [found] = await client.query(
    `SELECT designatedTimestamp, partitionBy, walEnabled, dedup, ttlValue, ttlUnit FROM tables() WHERE table_name = ${literal(table)}`,
  );
  if (found === undefined) return [creation(series, columns)];
  const [time, unit, isWal, isDedup, ttlCount, ttlUnit] = found;
  if (time !== TIME_COLUMN) throw otherShape(table, `its designated timestamp is ${time ?? 'missing'}`, PUT_AWAY);
  if (isWal !== true)
    throw otherShape(table, 'it has no write-ahead log', `run ALTER TABLE ${quoted(table)} SET TYPE WAL`);
  const existing = await client.query(`SELECT "column", "type", upsertKey FROM table_columns(${literal(table)})`);
  const changes = missingColumns(table, columns, existing);
  checkUpsertKeys(table, columns, isDedup === true ? existing : []);
  const wanted = series.keepUs === null ? null : timeToLive(series.keepUs, unit as PartitionUnit); // as: a WAL table has one
  if (!sameTimeToLive(wanted, { count: Number(ttlCount), unit: String(ttlUnit) })) {
    changes.push({
      table,
      what:
        wanted === null
          ? 'keep it for ever'
          : `keep it for ${shown(wanted)}; it was ${ttlCount} ${String(ttlUnit).toLowerCase()}(s)`,
      statement: `ALTER TABLE ${quoted(table)} SET TTL ${wanted === null ? '0h' : ttlText(wanted)}`,
    });
  }
  return changes;
}

function creation(series: Series, columns: readonly TableColumn[]): TableChange {
  const { stream: table, keepUs } = series;
  const unit = partitionUnit(series);
  const ttl = keepUs === null ? null : timeToLive(keepUs, unit);
  const defined = columns.map(column => `${quoted(column.name)} ${definition(column)}`);
  const keys = columns.filter(column => column.isUpsertKey).map(column => quoted(column.name));
  return {
    table,
    what: `create it, by ${unit.toLowerCase()}, ${ttl === null ? 'kept for ever' : `kept for ${shown(ttl)}`}`,
    statement:
      `CREATE TABLE IF NOT EXISTS ${quoted(table)} (${[`${TIME_COLUMN} TIMESTAMP`, ...defined].join(', ')}) ` +
      `TIMESTAMP(${TIME_COLUMN}) PARTITION BY ${unit}${ttl === null ? '' : ` TTL ${ttlText(ttl)}`} WAL ` +
      `DEDUP UPSERT KEYS(${[TIME_COLUMN, ...keys].join(', ')})`,
  };
}

/** Keys have many values; other symbols have few. The capacity grows by itself, this saves it the steps. */
function definition({ type, part }: TableColumn): string {
  const sqlType = SQL_TYPES[type];
  if (sqlType !== 'SYMBOL') return sqlType;
  return `SYMBOL CAPACITY ${part === 'key' ? KEY_CAPACITY : OTHER_CAPACITY}`;
}

function missingColumns(
  table: string,
  columns: readonly TableColumn[],
  existing: readonly (readonly unknown[])[],
): TableChange[] {
  const types = new Map(existing.map(([name, type]) => [String(name).toLowerCase(), String(type)]));
  return columns.flatMap(column => {
    const type = types.get(column.name.toLowerCase());
    const wanted = SQL_TYPES[column.type];
    if (type === undefined) {
      const added = `${quoted(column.name)} ${definition(column)}`;
      const statement = `ALTER TABLE ${quoted(table)} ADD COLUMN IF NOT EXISTS ${added}`;
      return [{ table, what: `add the column ${column.name} (${wanted})`, statement }];
    }
    if (type === wanted) return [];
    const what = `the column ${column.name} is ${type}, and ${column.type} needs ${wanted}`;
    throw otherShape(table, what, `give the field another name, or the old one its type; or: ${PUT_AWAY}`);
  });
}

function checkUpsertKeys(
  table: string,
  columns: readonly TableColumn[],
  existing: readonly (readonly unknown[])[],
): void {
  const found = existing.filter(([, , isKey]) => isKey === true).map(([name]) => String(name).toLowerCase());
  const wanted = [
    TIME_COLUMN,
    ...columns.filter(column => column.isUpsertKey).map(column => column.name.toLowerCase()),
  ];
  const [foundText, wantedText] = [found.toSorted().join(', '), wanted.toSorted().join(', ')];
  if (foundText === wantedText) return;
  const what = `a row of it is known by (${foundText}), one of the series by (${wantedText})`;
  throw otherShape(table, what, PUT_AWAY);
}

function ttlText({ count, unit }: TimeToLive): string {
  return `${count} ${unit}S`;
}

function shown({ count, unit }: TimeToLive): string {
  return `${count} ${unit.toLowerCase()}${count === 1 ? '' : 's'}`;
}

const MOST_LOOKS = 200;
const LOOK_EVERY_MS = 50;
const KEY_CAPACITY = 65_536;
const OTHER_CAPACITY = 256;
const PUT_AWAY = 'put the table away (RENAME TABLE … TO …), or store the stream under another name';
