import type { DuckDBValue } from '@duckdb/node-api';
import { isoTime } from '../codecs/output-lines.ts';
import { messageOf, queryFailed } from './duckdb-errors.ts';
import { loadDuckDb } from './load-duckdb.ts';
import { openFile } from './open-file.ts';

/** Times are text; whole numbers beyond those that a double counts are BigInt. */
export type QueryCell = string | number | bigint | boolean | null;

export type QueryResult = {
  readonly columns: readonly string[];
  /** Some rows at a time. */
  readonly pages: AsyncGenerator<readonly (readonly QueryCell[])[]>;
  close(): Promise<void>;
};

/** Runs a statement that changes nothing in the file. Errors: MR5300, MR5301, MR5302, MR5311. */
export async function runQuery(path: string, statement: string): Promise<QueryResult> {
  const { api } = await loadDuckDb();
  const { connection, close } = await openFile(path);
  try {
    const result = await connection.stream(statement);
    const cell = (value: DuckDBValue): QueryCell => cellOf(value, api);
    async function* pages() {
      for (;;) {
        const chunk = await result.fetchChunk().catch(error => failed(error));
        if (chunk === null || chunk.rowCount === 0) return;
        yield chunk.getRows().map(row => row.map(cell));
      }
    }
    return { columns: result.columnNames(), pages: pages(), close };
  } catch (error) {
    await close();
    throw failed(error);
  }
}

function failed(error: unknown): never {
  throw queryFailed(messageOf(error), error);
}

function cellOf(value: DuckDBValue, { DuckDBTimestampValue, DuckDBTimestampTZValue }: Api): QueryCell {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  const isTime = value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue;
  const us = isTime ? Number(value.micros) : Number.NaN;
  return Math.abs(us) <= LAST_DATE_US ? isoTime(us) : String(value);
}

type Api = typeof import('@duckdb/node-api');

/** Of JavaScript's dates. */
const LAST_DATE_US = 8_640_000_000_000_000_000;
