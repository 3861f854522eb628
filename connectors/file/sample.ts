import type { SourceNode } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { readCsvHeader } from '../codecs/csv.ts';
import { unpackError } from './byte-input.ts';
import type { Cell } from './cell.ts';
import { openInput } from './file-source.ts';
import { inspectFile, type InspectedFile } from './format.ts';
import { parquetColumns } from './parquet-source.ts';
import { openRows, RawRows, undeclaredSource } from './raw-rows.ts';

export type SampleColumn = {
  readonly path: readonly string[]; // as in a field's `$.a.b`; of a table one name
  readonly cells: readonly Cell[]; // one a row
  readonly isNested: boolean; // it has lists or other values that no field takes; they are null in `cells`
};

/** The first rows of a file that nobody has declared yet. */
export type Sample = {
  readonly format: InspectedFile['format'];
  readonly separator: string | null; // of CSV
  readonly columns: readonly SampleColumn[];
  readonly rows: number;
  readonly isWhole: boolean; // the file has no more
  readonly repeatedColumns: readonly string[]; // names that the header has twice; no field can take them
  readonly unreadableRows: number;
};

/**
 * Reads at most `maxRows` rows with the format, separator and column names that a run would find. Needs memory for
 * these rows (Parquet: for a row group). Errors: MR5001–MR5008, MR5014, MR5016.
 */
export async function readSample(path: string, options: { readonly maxRows: number }): Promise<Sample> {
  const file = await inspectFile({ source: undeclaredSource(path, []), directory: '.' });
  switch (file.format) {
    case 'csv':
    case 'tsv': {
      const { separator, columns } = await headerOf(file, path);
      const names = columns.map(name => name.trim());
      const repeatedColumns = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
      const known = names.filter(name => name !== '' && !repeatedColumns.includes(name));
      const builder = await readRows({ path, file, paths: known.map(name => [name]), ...options });
      return { ...sampleOf(builder, file, options.maxRows), separator, repeatedColumns };
    }
    case 'parquet': {
      const names = await parquetColumns({ path: file.path, address: path });
      const builder = await readRows({ path, file, paths: names.map(name => [name]), ...options });
      return sampleOf(builder, file, options.maxRows);
    }
    case 'ndjson':
    case 'json': {
      const builder = await readRows({ path, file, paths: [[]], ...options });
      return { ...sampleOf(builder, file, options.maxRows), columns: membersOf(builder.columns[0]!) };
    }
  }
}

/** The first `maxRows`, by column. */
class SampleRows extends RawRows {
  readonly columns: unknown[][];
  readonly #maxRows: number;
  rows = 0;
  unreadableRows = 0;

  constructor(source: SourceNode, maxRows: number) {
    super(source);
    this.columns = source.fields.map(() => []);
    this.#maxRows = maxRows;
  }

  override get hasRoom(): boolean {
    return this.rows + this.unreadableRows < this.#maxRows;
  }

  protected override takeRow(values: readonly unknown[]): void {
    for (let slot = 0; slot < this.columns.length; slot++) this.columns[slot]![this.rows] = values[slot];
    this.rows++;
  }

  protected override takeUnreadable(): void {
    this.unreadableRows++;
  }
}

async function headerOf(
  file: InspectedFile,
  address: string,
): Promise<{ separator: string; columns: readonly string[] }> {
  const builder = new BatchBuilder(undeclaredSource(address, []), new SymbolTable());
  const input = await openInput({ source: builder.source }, file, process.stdin);
  const { signal } = new AbortController();
  const separators = file.format === 'tsv' ? '\t' : ',;\t|';
  try {
    let bytes: Buffer = Buffer.alloc(CHUNK_BYTES);
    for (let to = 0; ; ) {
      const bytesRead = await input.read(bytes, to, signal);
      to += bytesRead;
      const from = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
      const header = readCsvHeader({ builder, bytes, from, to, isLast: bytesRead === 0, separators });
      if (header !== null) return header;
      if (to === bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]); // up to a header's 1 MB
    }
  } catch (error) {
    const isOfUnpacking = file.compression !== null && (error as NodeJS.ErrnoException).code?.startsWith('Z');
    throw isOfUnpacking ? unpackError(error, { address, compression: file.compression! }) : error;
  } finally {
    await input.close();
  }
}

async function readRows(options: {
  readonly path: string;
  readonly file: InspectedFile;
  readonly paths: readonly (readonly string[])[];
  readonly maxRows: number;
}): Promise<SampleRows> {
  const { path, file, maxRows } = options;
  const builder = new SampleRows(undeclaredSource(path, options.paths), maxRows);
  const opened = await openRows(builder, file);
  const { signal } = new AbortController();
  try {
    while (builder.hasRoom && (await opened.read({ maxEvents: maxRows, signal })).kind !== 'end');
  } finally {
    await opened.close();
  }
  return builder;
}

function sampleOf(builder: SampleRows, { format }: InspectedFile, maxRows: number): Sample {
  const { rows, unreadableRows } = builder;
  const columns = builder.source.fields.map((field, index) => {
    const path = field.from.kind === 'path' ? field.from.path.map(String) : [];
    return columnOf(path, builder.columns[index]!.slice(0, rows));
  });
  const isWhole = rows + unreadableRows < maxRows;
  return { format, separator: null, columns, rows, isWhole, repeatedColumns: [], unreadableRows };
}

/** The members of JSON objects, also of objects in them, in the order in which they were first seen. */
function membersOf(events: readonly unknown[]): SampleColumn[] {
  const members = new Map<string, { readonly path: readonly string[]; readonly values: unknown[] }>();
  const take = (object: object, at: number, path: readonly string[]): void => {
    for (const [name, value] of Object.entries(object)) {
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      if (isObject && path.length < MAX_DEPTH) {
        take(value, at, [...path, name]);
        continue;
      }
      const id = JSON.stringify([...path, name]);
      let member = members.get(id);
      if (member === undefined) {
        if (members.size === MAX_MEMBERS) continue; // objects used as maps: the first members say enough
        member = { path: [...path, name], values: new Array(events.length).fill(null) };
        members.set(id, member);
      }
      member.values[at] = value;
    }
  };
  events.forEach((event, at) => take(event as object, at, [])); // the decoder hands over objects only
  return [...members.values()].map(({ path, values }) => columnOf(path, values));
}

function columnOf(path: readonly string[], values: readonly unknown[]): SampleColumn {
  const cells = values.map(value => (isCell(value) ? value : null));
  return { path, cells, isNested: values.some(value => !isCell(value)) };
}

function isCell(value: unknown): value is Cell {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return 'us' in value && Object.keys(value).length === 1 && typeof value.us === 'number';
}

const CHUNK_BYTES = 256 * 1024;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const MAX_DEPTH = 3;
const MAX_MEMBERS = 200;
