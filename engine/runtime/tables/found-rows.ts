import type { SourceNode, TableNode } from '../../../dsl/plan.ts';
import { type EventBatch, readScalar, type Scalar, SymbolTable } from '../../batch.ts';
import { BatchBuilder } from '../../batch/batch-builder.ts';
import type { Connector, TableRead, TableSource } from '../../connector.ts';
import { MillraceError } from '../../errors.ts';
import { tableKey } from '../../state/table-versions.ts';

/** A row as it stands in a table's file, checked; all fields, in the table's order. */
export type FoundRow = {
  readonly key: readonly Scalar[];
  /** −Infinity: since always, or not said. */
  readonly validFromUs: number;
  readonly row: readonly Scalar[];
};

const MAX_ROWS = 100_000;

/** Errors: MR8098, and those of the connector. */
export async function openTable(
  node: TableNode,
  connectors: ReadonlyMap<string, Connector>,
  nowUs: () => number,
): Promise<TableSource> {
  const connector = connectors.get(node.connector);
  if (connector?.openTable === undefined) {
    throw new MillraceError('MR8098', `reading tables from ${node.connector} is not in this version yet`);
  }
  const source = asSource(node);
  // Texts of rows that are refused, or were there before, are no symbols of the job.
  const createBuilder = () => {
    const symbols = new SymbolTable();
    return { builder: new BatchBuilder(source, symbols), symbols };
  };
  return await connector.openTable({ source, directory: node.directory, createBuilder, nowUs });
}

export type Found = { readonly rows: readonly FoundRow[]; readonly endings: TableRead['endings'] };

/** What the table has now, each row once. Errors: MR5040 it cannot be read · MR5041 two rows · MR5042 too many. */
export async function readFoundRows(node: TableNode, source: TableSource): Promise<Found> {
  const { batches, symbols, endings } = await source.read().catch(error => {
    throw unreadable(node, error);
  });
  const isDated = endings !== null;
  const rows = batches.flatMap(batch => {
    const found = rowsOf(node, batch, symbols);
    return isDated ? found.map((row, i) => ({ ...row, validFromUs: batch.timeUs[i]! })) : found;
  });
  if (rows.length > MAX_ROWS) {
    throw new MillraceError(
      'MR5042',
      `the table ${node.id} has ${rows.length.toLocaleString('en')} rows; it may have ${MAX_ROWS.toLocaleString('en')}`,
      { hint: 'give the rule file a table of what it needs', domain: 'external' },
    );
  }
  if (!isDated) checkEachOnce(node, rows);
  return { rows, endings };
}

/** A table's rows take the way of events into batches. */
export function asSource(node: TableNode): SourceNode {
  const { id, connector, address, directory, key, fields } = node;
  const clock = { time: null, latenessUs: 0, idleUs: null, futureUs: null, expireUs: null };
  return { kind: 'source', id, connector, address, directory, codec: null, key, fields, ...clock };
}

export function rowsOf(node: TableNode, batch: EventBatch, symbols: SymbolTable): FoundRow[] {
  const [refused] = batch.rejected;
  if (refused !== undefined) throw unreadable(node, new Error(`${refused.reason}${rawText(refused.raw)}`));
  const keyPlaces = node.key.map(name => node.fields.findIndex(field => field.name === name));
  const validFrom = node.fields.findIndex(field => field.name === node.validFrom);
  return Array.from({ length: batch.length }, (_, i) => {
    const row = batch.columns.map(column => readScalar(column, i, symbols));
    const validFromUs = validFrom < 0 ? null : (row[validFrom] as number | null); // as: it is a time
    return { key: keyPlaces.map(place => row[place]!), validFromUs: validFromUs ?? -Infinity, row };
  });
}

function checkEachOnce({ id, key, validFrom }: TableNode, rows: readonly FoundRow[]): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const text = JSON.stringify([tableKey(row.key), String(row.validFromUs)]);
    if (seen.has(text)) {
      const what = key.map((name, i) => `${name} ${JSON.stringify(row.key[i])}`).join(', ');
      const same = validFrom === null ? '' : ` and the same ${validFrom}`;
      const hint =
        validFrom === null
          ? 'leave one out; several versions of a row need a field `valid_from: time`'
          : 'each version of a row has its own time';
      throw new MillraceError('MR5041', `the table ${id} has two rows with ${what}${same}`, {
        hint,
        domain: 'external',
      });
    }
    seen.add(text);
  }
}

function unreadable({ id, connector, address }: TableNode, cause: unknown): MillraceError {
  const what = `the table ${id} cannot be read from ${connector} ${JSON.stringify(address)}`;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = cause instanceof MillraceError ? cause.hint : undefined;
  return new MillraceError('MR5040', `${what}: ${reason}`, {
    domain: 'external',
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

function rawText(raw: string): string {
  return raw === '' ? '' : `, in ${JSON.stringify(raw)}`;
}
