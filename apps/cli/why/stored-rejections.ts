import { rejectedSeries } from '../../../dsl/plan.ts';
import { type Column, readScalar, SymbolTable } from '../../../engine/batch.ts';
import type { RowPart, Series, SeriesReader } from '../../../engine/connector.ts';
import type { Key } from '../../../engine/explanation/witness.ts';

export type RejectedEvent = { readonly arrivalUs: number; readonly reason: string };

/** What a stored stream refused of a key; a store may not know which of its columns are the key. */
export async function readRejected(
  reader: SeriesReader,
  stream: string,
  wanted: { readonly key: Key; readonly fromUs: number; readonly toUs: number },
): Promise<RejectedEvent[]> {
  const series = await reader.find(rejectedSeries(stream));
  if (series === null) return [];
  const { key, fromUs, toUs } = wanted;
  const symbols = new SymbolTable();
  const found: RejectedEvent[] = [];
  for await (const page of reader.read({ series, symbols, fromUs, toUs, pageRows: PAGE_ROWS })) {
    const keyColumns = Object.entries(key).map(([name, value]) => [columnOf(page, series, name), value] as const);
    const reasons = page.own![REASON]!;
    for (let row = 0; row < page.length; row++) {
      const isIt = keyColumns.every(
        ([column, value]) => column !== undefined && String(readScalar(column, row, symbols)) === String(value),
      );
      if (isIt) found.push({ arrivalUs: page.timeUs[row]!, reason: String(readScalar(reasons, row, symbols)) });
    }
  }
  return found;
}

function columnOf(page: RowPart, series: Series, name: string): Column | undefined {
  const ofKey = series.key.findIndex(field => field.name === name);
  return ofKey >= 0 ? page.key[ofKey] : page.columns[series.fields.findIndex(field => field.name === name)];
}

/** Among the columns that a rejected series has of its own: SERIES_FIELDS. */
const REASON = 2;
const PAGE_ROWS = 10_000;
