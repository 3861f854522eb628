import { asyncBufferFromFile, type ParquetScan, parquetScan, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { columnName, missingColumns } from '../codecs/csv.ts';
import { fingerprintOf, type InspectedFile, readError, readStart } from './format.ts';
import { Pacing } from './pacing.ts';
import { type NumberColumn, ParquetNumbers } from './parquet-numbers.ts';

const LEAST_AHEAD = 16; // rows
const MOST_AHEAD = 1_024;

/**
 * Opens a Parquet file, which is read by row groups: it needs memory for the declared columns of one group. The
 * position is the number of rows before it.
 */
export async function openParquetSource(options: SourceOptions, file: InspectedFile): Promise<Source> {
  const { address } = options.source;
  const { scan, numbers } = await openScan(file.path, address);
  const columns = columnsOf(scan);
  const columnOfSlot = options.builder.slots.map(slot => {
    const name = columnName(slot, columns);
    return columns.includes(name) ? name : null;
  });
  const missing = options.builder.slots.filter(
    (_slot, index) => columnOfSlot[index] === null && (options.source.fields[index]?.default ?? null) === null,
  );
  if (missing.length > 0)
    throw missingColumns(
      missing.map(slot => columnName(slot)),
      columns,
    );
  const row = await resumedRow(options, file);
  return new ParquetSource({ options, file, scan, numbers, columnOfSlot, row });
}

/** The names of its columns, from the end of the file. */
export async function parquetColumns({ path, address }: { path: string; address: string }): Promise<readonly string[]> {
  return columnsOf((await openScan(path, address)).scan);
}

class ParquetSource implements Source {
  readonly arrivalClock = 'as-read';
  readonly #builder: BatchBuilder;
  readonly #file: InspectedFile;
  readonly #address: string;
  readonly #scan: ParquetScan;
  readonly #numbers: ParquetNumbers;
  readonly #columnOfSlot: readonly (string | null)[];
  readonly #slots: readonly number[];
  readonly #isInstant: readonly boolean[]; // by slot
  readonly #rows: number;
  readonly #pacing: Pacing;
  #row: number; // the next one
  #ahead = LEAST_AHEAD; // rows whose numbers are taken at once
  // The row group that is being read: rows [#groupStart, #groupEnd), its columns by slot: of numbers, or of others.
  #groupStart = 0;
  #groupEnd = 0;
  #numberColumns: readonly (NumberColumn | null)[] = [];
  #values: readonly (ArrayLike<unknown> | null)[] = [];

  constructor(opened: {
    readonly options: SourceOptions;
    readonly file: InspectedFile;
    readonly scan: ParquetScan;
    readonly numbers: ParquetNumbers;
    readonly columnOfSlot: readonly (string | null)[];
    readonly row: number;
  }) {
    const { source, builder, speed } = opened.options;
    this.#builder = builder;
    this.#file = opened.file;
    this.#address = source.address;
    this.#scan = opened.scan;
    this.#numbers = opened.numbers;
    this.#columnOfSlot = opened.columnOfSlot;
    this.#slots = opened.columnOfSlot.map((_, slot) => slot);
    this.#isInstant = opened.columnOfSlot.map(column => column !== null && opened.numbers.isInstant(column));
    this.#rows = Number(opened.scan.metadata.num_rows);
    this.#row = opened.row;
    this.#pacing = new Pacing({ speed, leapUs: source.futureUs ?? 86_400_000_000 });
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const builder = this.#builder;
    builder.limit({ maxEvents, untilUs: this.#pacing.untilUs() });
    while (builder.hasRoom && this.#row < this.#rows && !signal.aborted) {
      if (this.#row >= this.#groupEnd) {
        if (builder.size > 0) break; // what came before a damaged group counts
        await this.#readGroup();
      }
      while (builder.hasRoom && this.#row < this.#groupEnd) this.#takeRows();
    }
    if (builder.size === 0 && !signal.aborted) return { kind: 'end', position: this.#position() };
    const timeUs = builder.lastTimeUs;
    const batch = builder.build();
    if (batch.length > 0) await this.#pacing.wait(timeUs, signal);
    return { kind: 'batch', batch, position: this.#position() };
  }

  async acknowledge(): Promise<void> {}

  /** Nothing is kept open between reads. */
  async close(): Promise<void> {
    this.#values = [];
    this.#numberColumns = [];
    this.#groupEnd = 0;
  }

  progress(): number {
    return this.#rows === 0 ? 1 : this.#row / this.#rows;
  }

  #position(): Position {
    return { row: this.#row, ...this.#file.fingerprint };
  }

  async #readGroup(): Promise<void> {
    const range = this.#scan.ranges.find(({ rowEnd }) => this.#row < rowEnd)!;
    this.#groupStart = range.rowStart;
    this.#groupEnd = range.rowEnd;
    try {
      const columns = await Promise.all(
        this.#columnOfSlot.map(async column => {
          if (column === null) return { numbers: null, values: null };
          const numbers = await this.#numbers.read(column, range.rowStart);
          return { numbers, values: numbers === null ? await this.#scan.readColumn({ column, ...range }) : null };
        }),
      );
      this.#numberColumns = columns.map(({ numbers }) => numbers);
      this.#values = columns.map(({ values }) => values);
    } catch (error) {
      throw notParquet(this.#address, error);
    }
  }

  /** Numbers are taken column by column, for as many rows as lately none was refused in: a row's columns are far from each other. benchmark: replay */
  #takeRows(): void {
    const end = Math.min(this.#row + this.#ahead, this.#groupEnd);
    const others = this.#slots.filter(slot => !this.#takeNumbers(slot, end));
    while (this.#builder.hasRoom && this.#row < end) {
      if (this.#takeRow(this.#row++, others)) continue;
      this.#ahead = LEAST_AHEAD; // the rows behind it have moved
      return;
    }
    if (this.#row === end) this.#ahead = Math.min(2 * this.#ahead, MOST_AHEAD);
  }

  /** Of rows up to this one. False: each is to be taken by itself. */
  #takeNumbers(slot: number, end: number): boolean {
    const column = this.#numberColumns[slot] ?? null;
    if (column === null || column.isNull !== null || this.#isInstant[slot]!) return false;
    return this.#builder.setNumbers(slot, column.numbers, this.#row - this.#groupStart, end - this.#row);
  }

  /** False: it is refused. */
  #takeRow(row: number, slots: readonly number[]): boolean {
    const builder = this.#builder;
    const at = row - this.#groupStart;
    builder.startMessage(row + 1);
    for (const slot of slots) {
      const column = this.#numberColumns[slot] ?? null;
      if (column === null) builder.setValue(slot, this.#values[slot]?.[at]);
      else if (column.isNull?.[at] === 1) builder.setMissing(slot);
      else if (this.#isInstant[slot]!) builder.setInstant(slot, column.numbers[at]!);
      else builder.setNumber(slot, column.numbers[at]!);
    }
    if (builder.commit()) return true;
    builder.refuse({ raw: this.#rawRow(at), place: `row ${row + 1}` });
    return false;
  }

  #rawRow(at: number): string {
    const members = this.#columnOfSlot.flatMap((column, slot) =>
      column === null ? [] : [[column, this.#valueAt(slot, at)]],
    );
    return JSON.stringify(Object.fromEntries(members), (_name, value) =>
      typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? String(value) : value,
    );
  }

  #valueAt(slot: number, at: number): unknown {
    const column = this.#numberColumns[slot];
    if (column === null || column === undefined) return this.#values[slot]?.[at];
    return column.isNull?.[at] === 1 ? null : column.numbers[at];
  }
}

async function openScan(
  path: string,
  address: string,
): Promise<{ readonly scan: ParquetScan; readonly numbers: ParquetNumbers }> {
  try {
    const file = await asyncBufferFromFile(path);
    const scan = await parquetScan({ file, compressors, geoparquet: false });
    return { scan, numbers: new ParquetNumbers(file, { metadata: scan.metadata, compressors }) };
  } catch (error) {
    throw notParquet(address, error);
  }
}

function columnsOf(scan: ParquetScan): string[] {
  return parquetSchema(scan.metadata).children.map(child => child.element.name);
}

async function resumedRow({ position, source }: SourceOptions, file: InspectedFile): Promise<number> {
  if (position === null) return 0;
  const { bytes } = await readStart(file.path, source.address).catch(async error => {
    throw await readError(error, file.path, source.address);
  });
  const { head, headBytes } = fingerprintOf(bytes);
  if (position.head === head && position.headBytes === headBytes) return Number(position.row);
  throw new MillraceError(
    'MR5010',
    `${JSON.stringify(source.address)} is not the file that was being read: its beginning has changed`,
    {
      hint: 'put the file back, or start without the kept state',
    },
  );
}

function notParquet(address: string, error: unknown): MillraceError {
  return new MillraceError(
    'MR5008',
    `${JSON.stringify(address)} is not a whole Parquet file: ${(error as Error).message}`,
    {
      hint: 'copy it again from where it came; is it perhaps CSV or NDJSON under this name? Then name its format in the rule file',
      cause: error,
    },
  );
}
