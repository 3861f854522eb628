import { MillraceError } from '../../engine/errors.ts';
import { quoted } from './names.ts';
import type { QuestDbClient } from './questdb-client.ts';
import { autoCreates } from './questdb-errors.ts';
import { RowBuffer } from './row-buffer.ts';

/** No stream has such a name. */
const PROBE_TABLE = 'millrace-probe';

/**
 * A row of a table that is not there must be refused. Where it is not, the table is removed. The settings are asked as
 * well: a probe of columns would need a table. Errors: MR5202.
 */
export async function probeAutoCreate(client: QuestDbClient): Promise<void> {
  const rows = new RowBuffer();
  rows.endRow(rows.bytes.write(`${PROBE_TABLE} probe=1i 1t\n`), 1);
  try {
    await client.write(PROBE_TABLE, rows, { previous: null, onTooLarge: () => {} });
  } catch (error) {
    if (!(error instanceof MillraceError && error.code === 'MR5205')) throw error;
    return await checkSettings(client);
  }
  await client.query(`DROP TABLE IF EXISTS ${quoted(PROBE_TABLE)}`);
  throw autoCreates(client.origin);
}

/** Errors: MR5202, of what the server says of itself. */
export async function checkSettings(client: QuestDbClient): Promise<void> {
  const creating = await client.query(
    "SELECT property_path FROM (SHOW PARAMETERS) WHERE value = 'true' AND property_path IN " +
      "('line.auto.create.new.tables', 'line.auto.create.new.columns')",
  );
  if (creating.length > 0) throw autoCreates(client.origin);
}
