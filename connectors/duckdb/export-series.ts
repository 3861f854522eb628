import type { Scalar } from '../../engine/batch.ts';
import type { Series } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { messageOf } from './duckdb-errors.ts';
import { literal } from './names.ts';
import { openFile } from './open-file.ts';
import { rowsQuery } from './series-reader.ts';

export type SeriesExport = {
  readonly series: Series;
  readonly keys?: readonly (readonly Scalar[])[];
  readonly fromUs: number;
  readonly toUs: number;
  /** Its name says the format. */
  readonly file: string;
};

/** Writes rows of a series into a file, in order; one that is there is replaced. Errors: MR5312, and those of `openFile`. */
export async function exportSeries(path: string, options: SeriesExport): Promise<void> {
  const { file } = options;
  const format = FORMATS.find(({ ending }) => file.endsWith(ending))?.format;
  if (format === undefined) throw notExported(file, 'its name ends neither in .parquet nor in .csv');
  const { connection, close } = await openFile(path);
  try {
    await connection.run(`COPY (${rowsQuery(options)}) TO ${literal(file)} (${format})`);
  } catch (error) {
    throw notExported(file, messageOf(error), error);
  } finally {
    await close();
  }
}

function notExported(file: string, what: string, cause?: unknown): MillraceError {
  return new MillraceError('MR5312', `${file} cannot be written: ${what}`, {
    hint: 'name a file that ends in .parquet or .csv, in a folder that is there',
    ...(cause === undefined ? {} : { cause }),
  });
}

const FORMATS = [
  { ending: '.parquet', format: 'FORMAT parquet, COMPRESSION zstd' },
  { ending: '.csv', format: 'FORMAT csv, HEADER' },
];
