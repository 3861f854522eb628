import { asyncBufferFromFile, type ParquetScan, parquetScan, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { columnName, missingColumns } from '../codecs/csv.ts';
import { Instant } from '../codecs/instant.ts';
import { fingerprintOf, type InspectedFile, readError, readStart } from './format.ts';
import { Pacing } from './pacing.ts';

/**
 * Opens a Parquet file, which is read by row groups: it needs memory for the declared columns of one group. The
 * position is the number of rows before it.
 */
export async function openParquetSource(options: SourceOptions, file: InspectedFile): Promise<Source> {
  const { address } = options.source;
  const scan = await openScan(file.path, address);
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
  return new ParquetSource({ options, file, scan, columnOfSlot, row });
}

/** The names of its columns, from the end of the file. */
export async function parquetColumns({ path, address }: { path: string; address: string }): Promise<readonly string[]> {
  return columnsOf(await openScan(path, address));
}

class ParquetSource implements Source {
  readonly arrivalClock = 'as-read';
  readonly #builder: BatchBuilder;
  readonly #file: InspectedFile;
  readonly #address: string;
  readonly #scan: ParquetScan;
  readonly #columnOfSlot: readonly (string | null)[];
  readonly #rows: number;
  readonly #pacing: Pacing;
  #row: number; // the next one
  // The row group that is being read: rows [#groupStart, #groupEnd), its columns by slot.
  #groupStart = 0;
  #groupEnd = 0;
  #values: readonly (ArrayLike<unknown> | null)[] = [];

  constructor(opened: {
    readonly options: SourceOptions;
    readonly file: InspectedFile;
    readonly scan: ParquetScan;
    readonly columnOfSlot: readonly (string | null)[];
    readonly row: number;
  }) {
    const { source, builder, speed } = opened.options;
    this.#builder = builder;
    this.#file = opened.file;
    this.#address = source.address;
    this.#scan = opened.scan;
    this.#columnOfSlot = opened.columnOfSlot;
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
      while (builder.hasRoom && this.#row < this.#groupEnd) this.#takeRow(this.#row++);
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
      this.#values = await Promise.all(
        this.#columnOfSlot.map(column => (column === null ? null : this.#scan.readColumn({ column, ...range }))),
      );
    } catch (error) {
      throw notParquet(this.#address, error);
    }
  }

  #takeRow(row: number): void {
    const builder = this.#builder;
    const at = row - this.#groupStart;
    for (let slot = 0; slot < this.#values.length; slot++) {
      const values = this.#values[slot];
      const value = values === null || values === undefined ? undefined : values[at];
      if (value instanceof Instant) builder.setInstant(slot, value.us);
      else builder.setValue(slot, value);
    }
    if (!builder.commit()) builder.refuse({ raw: this.#rawRow(at), place: `row ${row + 1}` });
  }

  #rawRow(at: number): string {
    const members = this.#columnOfSlot.flatMap((column, slot) =>
      column === null ? [] : [[column, this.#values[slot]![at]]],
    );
    return JSON.stringify(Object.fromEntries(members), (_name, value) => {
      if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value);
      return value instanceof Instant ? value.us : value;
    });
  }
}

/** hyparquet's own are Dates, which know milliseconds only. */
const INSTANTS = {
  timestampFromMilliseconds: (ms: bigint) => new Instant(Number(ms) * 1000),
  timestampFromMicroseconds: (us: bigint) => new Instant(Number(us)),
  timestampFromNanoseconds: (ns: bigint) => new Instant(Number(ns / 1000n)),
  dateFromDays: (days: number) => new Instant(days * 86_400_000_000),
};

async function openScan(path: string, address: string): Promise<ParquetScan> {
  try {
    const bytes = await asyncBufferFromFile(path);
    return await parquetScan({ file: bytes, compressors, geoparquet: false, parsers: INSTANTS });
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
