import type { Position, Series, Sink, StoreOptions } from '../../engine/connector.ts';
import { otherShape, sameName } from './duckdb-errors.ts';
import { literal, quoted, tableOf } from './names.ts';
import { ReplacedRows } from './replaced-rows.ts';
import { Retention } from './retention.ts';
import { SeenRows } from './seen-rows.ts';
import { SeenSequences } from './seen-sequences.ts';
import { StoreFile, type Transaction } from './store-file.ts';
import { StoreSink } from './store-sink.ts';
import { tableColumns, TIME_COLUMN, WRITER_COLUMN } from './table-columns.ts';
import { applyTable } from './tables.ts';

/**
 * Makes or extends the table of a series, and takes back what was written behind the checkpoint: it comes again, and what that had replaced is there until then. Where the
 * file is not the one of the checkpoint, the rows before it are gone and that is told (MR5306).
 */
export async function openStore(path: string, store: StoreOptions): Promise<Sink> {
  const { series, position, onNotice } = store;
  const columns = tableColumns(series);
  const file = await openFor(path, series);
  try {
    const opened = await file.alone(async transaction => {
      const table = await applyTable(transaction, series, columns);
      const writer = await findWriter(transaction, { file, series, position, isNew: table.isNew });
      const checkpoint = writer.isNew ? null : writer.write;
      const replaced = new ReplacedRows({ stream: series.stream, writer: writer.number, columns, checkpoint });
      if (checkpoint !== null) await replaced.takeBack(transaction, checkpoint);
      if (writer.lost !== null)
        onNotice({ code: 'MR5306', message: lostMessage(path, series, writer.lost, position!) });
      return { table, writer, replaced, ...(await newestTimes(transaction, series, writer.number)) };
    });
    return new StoreSink({
      file,
      store,
      columns,
      columnNames: opened.table.columnNames,
      writer: opened.writer.number,
      write: opened.writer.write,
      replaced: opened.replaced,
      othersNewestUs: opened.othersNewestUs,
      seen: series.kind === 'derived' ? new SeenRows(opened.newestUs) : new SeenSequences(series.kind),
      retention: new Retention(series.keepUs, opened.newestUs),
    });
  } catch (error) {
    file.release(series.stream);
    await file.close();
    throw error;
  }
}

/** Errors: MR5304 where the file is open for a series of this name. */
async function openFor(path: string, { stream }: Series): Promise<StoreFile> {
  const file = await StoreFile.open(path);
  const taken = file.claim(stream);
  if (taken === null) return file;
  await file.close();
  throw sameName(
    taken.holder === stream
      ? `the series ${stream} is written twice at the same time`
      : `the series ${taken.holder} and ${stream} are one to DuckDB`,
    'give one of the streams another name',
  );
}

type Writer = {
  /** Marks its rows. */
  readonly number: number;
  /** Its last write that counts. */
  readonly write: number;
  readonly isNew: boolean;
  /** Why rows before the checkpoint are not all there. */
  readonly lost: string | null;
};

/** The one of the checkpoint, or a new one. */
async function findWriter(
  transaction: Transaction,
  options: {
    readonly file: StoreFile;
    readonly series: Series;
    readonly position: Position | null;
    readonly isNew: boolean;
  },
): Promise<Writer> {
  const { file, series, position, isNew } = options;
  if (position === null) return await newWriter(transaction, series, null);
  if (position['file'] !== file.id) return await newWriter(transaction, series, 'the file was removed or replaced');
  if (isNew) return await newWriter(transaction, series, 'the table was dropped');
  const number = Number(position['writer']);
  const write = Number(position['write']);
  const [known] = await transaction.rows(
    `SELECT write FROM millrace.writers WHERE series = ${literal(series.stream)} AND writer = ${number}`,
  );
  if (known === undefined || Number(known[0]) < write) {
    return await newWriter(transaction, series, 'it lacks its newest rows, as after a restored backup');
  }
  return { number, write, isNew: false, lost: null };
}

async function newWriter(transaction: Transaction, { stream }: Series, lost: string | null): Promise<Writer> {
  const [row] = await transaction.rows(
    `SELECT coalesce(max(writer), 0) + 1 FROM millrace.writers WHERE series = ${literal(stream)}`,
  );
  const number = Number(row![0]);
  if (number > MOST_WRITERS) throw otherShape(stream, 'it was written by too many runs', 'begin a new file');
  await transaction.run(`INSERT INTO millrace.writers VALUES (${literal(stream)}, ${number}, 0)`);
  return { number, write: 0, isNew: true, lost };
}

/** −∞ where there is none. */
async function newestTimes(
  transaction: Transaction,
  { stream }: Series,
  writer: number,
): Promise<{ readonly newestUs: number; readonly othersNewestUs: number }> {
  const [row] = await transaction.rows(
    `SELECT epoch_us(max(${quoted(TIME_COLUMN)})), ` +
      `epoch_us(max(${quoted(TIME_COLUMN)}) FILTER (${quoted(WRITER_COLUMN)} <> ${writer})) FROM ${tableOf(stream)}`,
  );
  const [newest, othersNewest] = row!.map(value => (value === null ? -Infinity : Number(value)));
  return { newestUs: newest!, othersNewestUs: othersNewest! };
}

function lostMessage(path: string, { stream }: Series, what: string, { savedUs }: Position): string {
  const saved = typeof savedUs === 'number' ? new Date(savedUs / 1_000).toISOString() : 'the last checkpoint';
  return (
    `${stream} in ${path} is not as the kept state left it: ${what}; ` +
    `rows that were written before ${saved} are gone unless somebody put them back, those since are written again`
  );
}

const MOST_WRITERS = 2 ** 31 - 1;
