import type { Sink, StoreOptions } from '../../engine/connector.ts';
import { applyTables, planTables } from './tables.ts';
import { QuestDbClient } from './questdb-client.ts';
import { tableLost } from './questdb-errors.ts';
import { DEFAULT_MAX_REQUEST_BYTES, type QuestDbSettings } from './settings.ts';
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
      if (difference !== null) onNotice({ code: 'MR5213', message: lostMessage(series.stream, difference) });
    }
    const { maxRequestBytes: maxBytes = DEFAULT_MAX_REQUEST_BYTES } = settings;
    return new StoreSink({ client, store, columns, maxBytes, watch: new TableWatch(client, series.stream, state) });
  } catch (error) {
    await client.close();
    throw error;
  }
}

function lostMessage(table: string, difference: string): string {
  return `the table ${table} is not as the kept state left it: ${difference}; rows of before may be missing, those since are written`;
}
