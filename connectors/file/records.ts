import type { SourceNode, SourceTime, ValueType } from '../../dsl/plan.ts';
import type { Fault } from '../../engine/batch/field-buffer.ts';
import type { Source } from '../../engine/connector.ts';
import { exactJson } from '../codecs/exact-json.ts';
import { Instant } from '../codecs/instant.ts';
import { type Cell, numberOf, timeCell, timeUsOf } from './cell.ts';
import { inspectFile } from './format.ts';
import { openRows, RawRows, undeclaredSource } from './raw-rows.ts';

export type RecordOptions = {
  readonly path: string; // `-`: NDJSON on standard input
  /** Of a table; null: the file holds objects, which are taken whole. */
  readonly columns: readonly RecordColumn[] | null;
  /** Where the event time stands; null: nowhere. */
  readonly time: SourceTime | null;
  /** By how much event times are moved. */
  readonly shiftUs: number;
};

/** What the text of a CSV cell is taken for; null: of the event time, and of nothing else. */
export type RecordColumn = { readonly name: string; readonly type: ValueType | null };

/** A record of a file as a message has it. */
export type FileRecord = {
  readonly content: object;
  /** Of the content; it reads back to the same values. */
  readonly json: string;
  /** As the file has it; NaN: nothing there reads as a time. */
  readonly timeUs: number;
  readonly place: string; // `line 7`
};

export type Unreadable = { readonly code: string; readonly reason: string; readonly raw: string };

/** Reads a file record by record, with no schema. Needs memory for some hundred of them (Parquet: for a row group). */
export class RecordReader {
  readonly #source: Source;
  readonly #rows: RecordRows;

  private constructor(source: Source, rows: RecordRows) {
    this.#source = source;
    this.#rows = rows;
  }

  /** Errors: MR5001–MR5008, MR5014, MR5016; MR5005 where a table has no such column. */
  static async open(options: RecordOptions): Promise<RecordReader> {
    const { path, columns, time } = options;
    const paths = columns === null ? [[]] : columns.map(column => [column.name]);
    const source = { ...undeclaredSource(path, paths), time };
    const file = await inspectFile({ source, directory: '.' });
    const rows = new RecordRows(source, { ...options, word: PLACES[file.format] });
    return new RecordReader(await openRows(rows, file), rows);
  }

  /** The next ones; null at the end, or when the signal aborts. Of standard input, those that are there. */
  async read(
    signal: AbortSignal,
  ): Promise<{ readonly records: readonly FileRecord[]; readonly unreadable: readonly Unreadable[] } | null> {
    const { kind } = await this.#source.read({ maxEvents: MAX_RECORDS, signal });
    return kind === 'end' || signal.aborted ? null : this.#rows.take();
  }

  /** 0..1; null: the size is not known. */
  get progress(): number | null {
    return this.#source.progress?.() ?? null;
  }

  async close(): Promise<void> {
    await this.#source.close();
  }
}

class RecordRows extends RawRows {
  readonly #options: RecordOptions & { readonly word: string };
  readonly #timePath: readonly (string | number)[];
  #records: FileRecord[] = [];
  #unreadable: Unreadable[] = [];
  #characters = 0; // of all that are held
  #message = 0;

  constructor(source: SourceNode, options: RecordOptions & { readonly word: string }) {
    super(source);
    this.#options = options;
    this.#timePath = source.time?.from.kind === 'path' ? source.time.from.path : [];
  }

  take(): { readonly records: readonly FileRecord[]; readonly unreadable: readonly Unreadable[] } {
    const taken = { records: this.#records, unreadable: this.#unreadable };
    this.#records = [];
    this.#unreadable = [];
    this.#characters = 0;
    return taken;
  }

  override get hasRoom(): boolean {
    return this.#records.length + this.#unreadable.length < MAX_RECORDS && this.#characters < MAX_CHARACTERS;
  }

  /** The number of the line or item; rows of Parquet are no messages, and are counted. */
  override startMessage(sequence: number): void {
    this.#message = sequence - 1;
  }

  protected override takeRow(values: readonly unknown[]): void {
    const { columns, time, shiftUs, word } = this.#options;
    const place = `${word} ${this.#message + 1}`;
    if (word === PLACES.parquet) this.#message++;
    const timeUs = time === null ? Number.NaN : timeUsOf(cellOf(values.at(-1)), time.format);
    const content = columns === null ? (values[0] as object) : this.#rowOf(values, columns); // as: decoders give objects only
    if (shiftUs !== 0 && !Number.isNaN(timeUs)) put(content, this.#timePath, timeCell(timeUs + shiftUs, time!.format));
    try {
      const json = exactJson(content);
      this.#characters += json.length;
      this.#records.push({ content, json, timeUs, place });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.takeUnreadable({ code: 'MR4024', reason: 'nested too deep', raw: '', place });
    }
  }

  protected override takeUnreadable({ code, reason, raw, place }: Fault & { raw: string; place?: string }): void {
    this.#characters += raw.length;
    this.#unreadable.push({ code, reason: place === undefined ? reason : `${reason} (${place})`, raw });
  }

  #rowOf(values: readonly unknown[], columns: readonly RecordColumn[]): Record<string, unknown> {
    const row: Record<string, unknown> = Object.create(null); // a column may be called `__proto__`
    const isText = this.#options.word === PLACES.csv;
    columns.forEach(({ name, type }, index) => {
      const value = values[index];
      if (type === null) row[name] = this.#timeValue(value);
      else row[name] = typeof value === 'string' && isText ? valueOf(value, type) : value;
    });
    return row;
  }

  /** A number where one reads as the same time, as most machines send it. */
  #timeValue(value: unknown): unknown {
    const { format } = this.#options.time!;
    if (value instanceof Instant) return timeCell(value.us, format);
    if (typeof value !== 'string' || format === 'iso') return value;
    const isLong = INTEGER.test(value) && !Number.isSafeInteger(Number(value));
    const number = isLong ? BigInt(value) : numberOf(value);
    return timeUsOf(number, format) === timeUsOf(value, format) ? number : value;
  }
}

/** Text of CSV as JSON has it, so that a stream of such fields takes from it what it takes from CSV. */
function valueOf(text: string, type: ValueType): unknown {
  switch (type) {
    case 'float':
    case 'int':
    case 'duration': {
      if (text.trim() === '') return null;
      const number = numberOf(text);
      return Number.isFinite(number) ? number : text;
    }
    case 'bool': {
      const word = text.trim().toLowerCase();
      if (word === '') return null;
      if (word === 'true' || word === '1') return true;
      return word === 'false' || word === '0' ? false : text;
    }
    case 'quality': {
      const status = numberOf(text);
      return Number.isNaN(status) ? text : status;
    }
    default:
      return text;
  }
}

function cellOf(value: unknown): Cell {
  return typeof value !== 'object' || value instanceof Instant ? (value as Cell) : null; // as: what decoders give
}

/** Where the time was found, so that all members on the way are there. */
function put(content: object, path: readonly (string | number)[], value: unknown): void {
  let object = content as Record<string | number, unknown>;
  for (const part of path.slice(0, -1)) object = object[part] as Record<string | number, unknown>;
  object[path.at(-1)!] = value;
}

const PLACES = { csv: 'line', tsv: 'line', ndjson: 'line', json: 'item', parquet: 'row' } as const;
const INTEGER = /^-?\d{1,30}$/;
const MAX_RECORDS = 500;
const MAX_CHARACTERS = 2 ** 20;
