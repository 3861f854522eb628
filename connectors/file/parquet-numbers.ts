import {
  type AsyncBuffer,
  type ColumnMetaData,
  type Compressors,
  type DecodedArray,
  type FileMetaData,
  type ParquetParsers,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, convertWithDictionary, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';

/** Of the rows of a group. `isNull` null: none is. */
export type NumberColumn = { readonly numbers: Float64Array; readonly isNull: Uint8Array | null };

/**
 * Columns of numbers, and of points in time as microseconds, straight into arrays of them, page by page. hyparquet decodes the pages; what it
 * makes of them is a list of values, one by one, which takes longer than all else (benchmarks/replay).
 */
export class ParquetNumbers {
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly #compressors: Compressors;
  readonly #root: SchemaTree;
  readonly #columns: ReadonlyMap<string, SchemaTree>; // those that are numbers in each row

  constructor(file: AsyncBuffer, options: { readonly metadata: FileMetaData; readonly compressors: Compressors }) {
    this.#file = file;
    this.#metadata = options.metadata;
    this.#compressors = options.compressors;
    this.#root = parquetSchema(options.metadata);
    const numeric = this.#root.children.filter(child => child.children.length === 0 && isNumeric(child.element));
    this.#columns = new Map(numeric.map(child => [child.element.name, child]));
  }

  /** Whether its numbers are microseconds since 1970. */
  isInstant(column: string): boolean {
    const found = this.#columns.get(column);
    return found !== undefined && isInstant(found.element);
  }

  /** Of the group that begins with a row; null: it is no column of numbers. Throws where the file is damaged. */
  async read(column: string, rowStart: number): Promise<NumberColumn | null> {
    const child = this.#columns.get(column);
    const group = this.#groupAt(rowStart);
    const chunk = group?.columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === column)?.meta_data;
    if (child === undefined || group === undefined || chunk === undefined) return null;
    const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset); // 0 is none, of some writers
    const bytes = await this.#file.slice(start, start + Number(chunk.total_compressed_size));
    const values = new ColumnValues(Number(group.num_rows));
    readPages(bytes, this.#decoder(child, chunk), values);
    return values.column();
  }

  #groupAt(rowStart: number): FileMetaData['row_groups'][number] | undefined {
    let start = 0;
    for (const group of this.#metadata.row_groups) {
      if (start === rowStart && group.num_rows > 0n) return group;
      start += Number(group.num_rows);
    }
    return undefined;
  }

  #decoder(child: SchemaTree, { path_in_schema: pathInSchema, type, codec }: ColumnMetaData): Decoder {
    return {
      ...{ pathInSchema, type, codec },
      element: child.element,
      schemaPath: [this.#root, child],
      parsers: { ...DEFAULT_PARSERS, ...INSTANTS },
      compressors: this.#compressors,
    };
  }
}

type Decoder = Parameters<typeof convert>[1];

/** Microseconds: hyparquet's own are Dates, which know milliseconds only. */
const INSTANTS: Pick<
  Record<keyof ParquetParsers, (value: never) => number>,
  'timestampFromMilliseconds' | 'timestampFromMicroseconds' | 'timestampFromNanoseconds' | 'dateFromDays'
> = {
  timestampFromMilliseconds: (ms: bigint) => Number(ms) * 1000,
  timestampFromMicroseconds: (us: bigint) => Number(us),
  timestampFromNanoseconds: (ns: bigint) => Number(ns / 1000n),
  dateFromDays: (days: number) => days * 86_400_000_000,
};

/** What `convert` makes numbers of. */
function isNumeric(element: SchemaElement): boolean {
  const { type, repetition_type: repetition, converted_type: converted, logical_type: logical } = element;
  if (repetition === 'REPEATED') return false;
  if (isInstant(element)) return true;
  if (converted === 'DECIMAL') return type === 'INT32' || type === 'INT64';
  return (type === 'DOUBLE' || type === 'FLOAT' || type === 'INT32') && logical?.type !== 'TIME';
}

function isInstant({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (converted === undefined && type === 'INT96') return true;
  if (converted === 'DATE' || converted === 'TIMESTAMP_MILLIS' || converted === 'TIMESTAMP_MICROS') return true;
  return logical?.type === 'TIMESTAMP';
}

function readPages(bytes: ArrayBuffer, decoder: Decoder, values: ColumnValues): void {
  const reader = { view: new DataView(bytes), offset: 0 };
  let dictionary: DecodedArray | undefined;
  while (!values.isFull && reader.offset < bytes.byteLength) {
    const header = parquetHeader(reader);
    if (header.type === 'DICTIONARY_PAGE') {
      const { data } = readPage(reader, header, decoder, undefined, undefined, 0);
      if (data !== undefined) dictionary = convert(data, decoder);
      continue;
    }
    const page = new Uint8Array(bytes, reader.offset, header.compressed_page_size);
    reader.offset += header.compressed_page_size;
    const { data_page_header: first, data_page_header_v2: second } = header;
    if (second !== undefined) {
      const { dataPage, definitionLevels } = readDataPageV2(page, header, decoder);
      values.add(convertWithDictionary(dataPage, dictionary, second.encoding, decoder), definitionLevels);
    } else if (first !== undefined) {
      const whole = decompressPage(page, Number(header.uncompressed_page_size), decoder.codec, decoder.compressors);
      const { dataPage, definitionLevels } = readDataPage(whole, first, decoder);
      values.add(convertWithDictionary(dataPage, dictionary, first.encoding, decoder), definitionLevels);
    } else throw new Error(`a page of ${decoder.element.name} is of another kind: ${header.type}`);
  }
  if (!values.isFull) throw new Error(`${decoder.element.name} has fewer values than the group has rows`);
}

class ColumnValues {
  readonly #numbers: Float64Array;
  #isNull: Uint8Array | null = null;
  #length = 0;

  constructor(rows: number) {
    this.#numbers = new Float64Array(rows);
  }

  get isFull(): boolean {
    return this.#length >= this.#numbers.length;
  }

  column(): NumberColumn {
    return { numbers: this.#numbers, isNull: this.#isNull };
  }

  /** `levels`: of each row, 0 where it is null, and then it has no value; none: no row is. */
  add(values: DecodedArray, levels: readonly number[] | undefined): void {
    const rows = levels === undefined || levels.length === 0 ? values.length : levels.length;
    if (this.#length + rows > this.#numbers.length) throw new Error('a column has more values than its group has rows');
    if (rows === values.length)
      this.#numbers.set(values as ArrayLike<number>, this.#length); // as: numeric columns alone are read
    else this.#addSome(values as ArrayLike<number>, levels!);
    this.#length += rows;
  }

  #addSome(values: ArrayLike<number>, levels: readonly number[]): void {
    const isNull = (this.#isNull ??= new Uint8Array(this.#numbers.length));
    let next = 0;
    for (const [at, level] of levels.entries()) {
      if (level === 0) isNull[this.#length + at] = 1;
      else this.#numbers[this.#length + at] = values[next++]!;
    }
  }
}
