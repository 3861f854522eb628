import type { Position, Sink, StoreOptions } from '../../engine/connector.ts';
import { applyTables, planTables } from './tables.ts';
import { QuestDbClient } from './questdb-client.ts';
import { tableLost } from './questdb-errors.ts';
import { DEFAULT_MAX_REQUEST_BYTES, type QuestDbSettings } from './settings.ts';
import { ConnectionGuard } from './connection-guard.ts';
import { probeAutoCreate } from './probe-auto-create.ts';
import { StoreSink } from './store-sink.ts';
import { tableColumns } from './table-columns.ts';
import { differenceOf, readTableState, TableWatch } from './table-watch.ts';

/**
 * Looks whether the server creates tables by itself, makes or extends the table, and compares it with that of the
 * checkpoint. Where it is another one, the rows before the checkpoint are gone with the old one and that is told (MR5213);
 * the run that goes on from the checkpoint writes those since then.
 */
export async function openStore(settings: QuestDbSettings, store: StoreOptions): Promise<Sink> {
  const { series, position, onNotice } = store;
  const columns = tableColumns(series);
  const client = new QuestDbClient(settings);
  try {
    await probeAutoCreate(client);
    const before = position === null ? null : await readTableState(client, series.stream);
    await applyTables(client, await planTables(client, [series]));
    const state = await readTableState(client, series.stream);
    if (state === null) throw tableLost(series.stream, 'it was dropped just now');
    if (position !== null) {
      const known = { id: Number(position['id']), transaction: Number(position['transaction']) };
      const difference = differenceOf(known, before);
      if (difference !== null) onNotice({ code: 'MR5213', message: lostMessage(series.stream, difference, position) });
    }
    const { maxRequestBytes: maxBytes = DEFAULT_MAX_REQUEST_BYTES } = settings;
    const watch = new TableWatch(client, series.stream, state);
    return new StoreSink({ client, store, columns, maxBytes, watch, guard: new ConnectionGuard(client, watch) });
  } catch (error) {
    await client.close();
    throw error;
  }
}

function lostMessage(table: string, difference: string, { savedUs }: Position): string {
  const saved = typeof savedUs === 'number' ? new Date(savedUs / 1_000).toISOString() : 'the last checkpoint';
  return (
    `the table ${table} is not as the kept state left it: ${difference}; ` +
    `rows that were written before ${saved} are gone unless somebody put them back, those since are written again`
  );
}
