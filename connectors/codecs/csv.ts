import { isUtf8 } from 'node:buffer';
import type { BatchBuilder, BuilderSlot } from '../../engine/batch/batch-builder.ts';
import { MillraceError } from '../../engine/errors.ts';
import { closestName } from './closest-name.ts';
import { beginning, INCOMPLETE, LineDecoder } from './line-decoder.ts';

/** The columns of a CSV file and what they are for. */
export type CsvHeader = {
  readonly separator: string;
  readonly columns: readonly string[];
  /** Slot of the builder → its column; -1: the file has none, and the field's default stands in. */
  readonly columnOfSlot: Int32Array;
  readonly lines: number;
  /** Where the first record begins. */
  readonly at: number;
};

/**
 * CSV as RFC 4180 has it, with any separator, straight from bytes into columns: cells are places in the buffer, and only
 * symbols not seen before and strings become strings. Beyond the RFC: a quote inside an unquoted cell is text, blank
 * lines are skipped, an empty cell (quoted or not) is null. A record with another number of cells than the header, or
 * with text behind a closing quote, is rejected, and reading goes on at the next line: so a quote that is never closed
 * costs its line and not the rest of the file.
 *
 * Benchmark: benchmarks/throughput (csv).
 */
export class CsvDecoder extends LineDecoder {
  readonly #header: CsvHeader;
  readonly #separator: number;
  readonly #columnOfSlot: Int32Array;
  readonly #columnCount: number;
  // Of the record that is being read, by column:
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #cells = 0;
  #extraLines = 0; // line breaks inside its quotes
  #hasEscapes = false; // a doubled quote somewhere
  #isMalformed = false;

  constructor(options: { readonly builder: BatchBuilder; readonly header: CsvHeader; readonly maxEventBytes: number }) {
    super({ ...options, line: options.header.lines });
    const { header } = options;
    this.#header = header;
    this.#separator = header.separator.charCodeAt(0);
    this.#columnOfSlot = header.columnOfSlot;
    this.#columnCount = header.columns.length;
    this.#starts = new Int32Array(this.#columnCount);
    this.#ends = new Int32Array(this.#columnCount);
  }

  protected take(bytes: Buffer, at: number, end: number): number {
    const next = this.#findCells(bytes, at, end);
    if (next === INCOMPLETE) return INCOMPLETE;
    if (this.#isMalformed || (this.#extraLines > 0 && next - at > this.maxEventBytes)) return this.giveUp(bytes, at);
    if (this.#cells === 1 && isBlankLine(bytes, at, next)) {
      this.line++;
      return next;
    }
    if (next - at > this.maxEventBytes) {
      this.rejectTooLong(beginning(bytes, at, next));
    } else if (!this.isRegionUtf8 && !isUtf8(bytes.subarray(at, next))) {
      this.rejectLine({ code: 'MR4002', reason: 'not UTF-8', raw: beginning(bytes, at, next) });
    } else if (this.#cells !== this.#columnCount) {
      const cells = `${this.#cells} ${this.#cells === 1 ? 'cell' : 'cells'}`;
      const reason = `${cells}, where the header has ${this.#columnCount} columns separated by ${shownSeparator(this.#header.separator)}`;
      this.rejectLine({ code: 'MR4004', reason, raw: beginning(bytes, at, next) });
    } else {
      this.#commit(bytes, at, next);
    }
    this.line += 1 + this.#extraLines;
    return next;
  }

  /** Rejects one physical line, not the record: what follows may be whole. At most a record's cells are read twice. */
  protected giveUp(bytes: Buffer, at: number): number {
    const next = bytes.indexOf(NEWLINE, at) + 1;
    const raw = beginning(bytes, at, next);
    // As where the line is skipped before its end has come.
    if (next - at > this.maxEventBytes) this.rejectTooLong(raw);
    else this.rejectLine({ code: 'MR4005', reason: UNMATCHED, raw });
    this.line++;
    return next;
  }

  /** Fills starts and ends, and returns the place behind the record. */
  #findCells(bytes: Buffer, at: number, end: number): number {
    const separator = this.#separator;
    const columnCount = this.#columnCount;
    const starts = this.#starts;
    const ends = this.#ends;
    let cells = 0;
    this.#extraLines = 0;
    this.#hasEscapes = false;
    this.#isMalformed = false;
    for (;;) {
      let start = at;
      let stop: number;
      let byte = bytes[at]!;
      if (byte === QUOTE) {
        start++;
        stop = this.#closingQuote(bytes, start, end);
        if (stop === INCOMPLETE) return INCOMPLETE;
        at = stop + 1;
        byte = bytes[at]!;
        if (byte === CARRIAGE_RETURN && bytes[at + 1] === NEWLINE) byte = bytes[++at]!;
        // A record over several lines with too many cells is taken for a quote gone astray: see `giveUp`.
        if ((byte !== separator && byte !== NEWLINE) || (this.#extraLines > 0 && cells >= columnCount)) {
          this.#isMalformed = true;
          return at;
        }
      } else {
        while (byte !== separator && byte !== NEWLINE) byte = bytes[++at]!;
        stop = byte === NEWLINE && at > start && bytes[at - 1] === CARRIAGE_RETURN ? at - 1 : at;
      }
      if (cells < columnCount) {
        starts[cells] = start;
        ends[cells] = stop;
      }
      cells++;
      at++;
      if (byte === NEWLINE) break;
    }
    this.#cells = cells;
    return at;
  }

  #closingQuote(bytes: Buffer, at: number, end: number): number {
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === NEWLINE) this.#extraLines++;
      if (byte !== QUOTE) continue;
      if (bytes[at + 1] !== QUOTE) return at;
      this.#hasEscapes = true;
      at++;
    }
    return INCOMPLETE;
  }

  #commit(bytes: Buffer, at: number, next: number): void {
    const { builder } = this;
    builder.startMessage(this.line + 1);
    const columnOfSlot = this.#columnOfSlot;
    const starts = this.#starts;
    const ends = this.#ends;
    for (let slot = 0; slot < columnOfSlot.length; slot++) {
      const column = columnOfSlot[slot]!;
      if (column < 0) builder.setMissing(slot);
      else if (this.#hasEscapes) this.#setUnescaped(slot, bytes, starts[column]!, ends[column]!);
      else builder.setBytes(slot, bytes, starts[column]!, ends[column]!);
    }
    if (!builder.commit()) builder.refuse({ raw: beginning(bytes, at, next), place: this.place });
  }

  #setUnescaped(slot: number, bytes: Buffer, start: number, end: number): void {
    const isQuoted = bytes[start - 1] === QUOTE;
    if (!isQuoted) return this.builder.setBytes(slot, bytes, start, end);
    const text = Buffer.from(bytes.toString('latin1', start, end).replaceAll('""', '"'), 'latin1');
    this.builder.setBytes(slot, text, 0, text.length);
  }
}

/**
 * Reads the header and finds the declared fields in it; null: it goes on beyond `to`. Of the separators, the one that
 * finds most fields is taken, then the one that makes most columns. A field's column has its name exactly, or but for
 * blanks around it.
 */
export function readCsvHeader(options: {
  readonly builder: BatchBuilder;
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly isLast: boolean;
  readonly separators: string;
}): CsvHeader | null {
  const { bytes, to, isLast, builder } = options;
  const { slots } = builder;
  let from = options.from;
  let lines = 0;
  let end: number;
  for (;;) {
    end = headerEnd(bytes, from, to);
    if (end < 0 && !isLast && to - from <= MAX_HEADER_BYTES) return null;
    lines += 1;
    if (end < 0 || !isBlankLine(bytes, from, end)) break;
    from = end;
  }
  if (end < 0) end = to;
  const text = headerText(bytes, from, end);
  lines += text.split('\n').length - 1;
  const splits = [...options.separators].map(separator => ({ separator, columns: splitCells(text, separator) }));
  const names = slots.map(slot =>
    columnName(
      slot,
      splits.flatMap(split => split.columns),
    ),
  );
  const candidates = splits
    .map(split => ({ ...split, found: names.filter(name => columnOf(name, split.columns) >= 0).length }))
    .sort((a, b) => b.found - a.found || b.columns.length - a.columns.length);
  const { separator, columns } = candidates[0]!;
  const columnOfSlot = Int32Array.from(names, name => columnOf(name, columns));
  checkColumns(builder, columns, columnOfSlot);
  return { separator, columns, columnOfSlot, lines, at: end };
}

/**
 * The column that a field names; one that comes from a subject in a live stream has its own name in a file. `columns` are
 * for the hint where it names none.
 */
export function columnName(slot: BuilderSlot, columns: readonly string[] = []): string {
  const { origin, name } = slot;
  if (origin.kind !== 'path') return name;
  const [column] = origin.path;
  if (origin.path.length !== 1 || typeof column !== 'string') {
    const dotted = origin.path.join('.');
    throw new MillraceError(
      'MR5015',
      `${name} is read from $${origin.path.map(part => `[${JSON.stringify(part)}]`).join('')}, which is no column`,
      {
        hint: columns.some(known => known.trim() === dotted)
          ? `a table has one level, and a column's name with a dot stands in quotes: write \`$[${JSON.stringify(dotted)}]\``
          : `a table has one level: name the column, as in \`${name} = $.column\` or \`$["column name"]\``,
      },
    );
  }
  return column;
}

function columnOf(name: string, columns: readonly string[]): number {
  const exact = columns.indexOf(name);
  return exact >= 0 ? exact : columns.findIndex(column => column.trim() === name);
}

function checkColumns(builder: BatchBuilder, columns: readonly string[], columnOfSlot: Int32Array): void {
  const missing: string[] = [];
  builder.slots.forEach((slot, index) => {
    const column = columnOfSlot[index]!;
    const name = columnName(slot);
    const field = builder.source.fields[index];
    if (column < 0 && (field === undefined || field.default === null)) missing.push(name);
    if (column >= 0 && columns.indexOf(columns[column]!, column + 1) >= 0) {
      throw new MillraceError('MR5014', `the header has two columns named ${JSON.stringify(columns[column])}`, {
        hint: 'rename one of them: a field must have one column',
      });
    }
  });
  if (missing.length === 0) return;
  throw columnOfSlot.every(column => column < 0) ? notAHeader(missing, columns) : missingColumns(missing, columns);
}

/** Nothing that is declared stands in the first line: it is data, a comment, or a header of other names. */
function notAHeader(missing: readonly string[], columns: readonly string[]): MillraceError {
  if (columns[0]!.startsWith('#')) {
    return new MillraceError('MR5005', 'the first line begins with `#`, and comment lines are not skipped', {
      hint: "strip them, so that the line of column names comes first: `grep -v '^#' readings.csv > stripped.csv`",
    });
  }
  if (columns.filter(looksLikeData).length * 2 < columns.length) return missingColumns(missing, columns);
  return new MillraceError('MR5005', 'the first line looks like data; Millrace needs a header line', {
    hint: `put a line with the names of all columns first, among them ${quotedList(missing)}`,
  });
}

/** A number or a time, as no one names a column. */
function looksLikeData(cell: string): boolean {
  return /^\s*([+-]?\d+([.,]\d+)?(e[+-]?\d+)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|\d{1,2}:\d\d(:.*)?)\s*$/i.test(
    cell,
  );
}

function quotedList(names: readonly string[]): string {
  return [...new Set(names)].map(name => JSON.stringify(name)).join(', ');
}

/** Also for other tables, such as Parquet. */
export function missingColumns(missing: readonly string[], columns: readonly string[]): MillraceError {
  const missed = new Set(missing).size === 1 ? 'there is no column' : 'there are no columns';
  const guesses = [...new Set(missing)].flatMap(name => {
    const guess = closestName(
      name,
      columns.map(column => column.trim()),
    );
    return guess === undefined ? [] : [`${JSON.stringify(guess)} for ${JSON.stringify(name)}`];
  });
  const listed = quotedList(columns.slice(0, 50));
  const more = columns.length > 50 ? ` and ${columns.length - 50} more` : '';
  return new MillraceError('MR5005', `${missed} ${quotedList(missing)}; the columns are ${listed}${more}`, {
    hint:
      guesses.length > 0
        ? `did you mean ${guesses.join(', ')}? A field takes a column of another name with \`field: type = $["column"]\``
        : 'name the column: `field: type = $["column"]`, `time column as iso`; or give the field a default',
  });
}

function headerEnd(bytes: Buffer, from: number, to: number): number {
  let isQuoted = false;
  for (let at = from; at < to; at++) {
    if (bytes[at] === QUOTE) isQuoted = !isQuoted;
    else if (bytes[at] === NEWLINE && !isQuoted) return at + 1;
  }
  return -1;
}

function headerText(bytes: Buffer, from: number, end: number): string {
  const header = bytes.subarray(from, Math.min(end, from + MAX_HEADER_BYTES));
  const isUtf8Header = end - from > MAX_HEADER_BYTES || isUtf8(header);
  const other = isUtf16(header) ? 'UTF-16' : !isUtf8Header && isText(header) ? 'another encoding' : null;
  if (other !== null) {
    throw new MillraceError('MR5014', `the first line is not in UTF-8 but in ${other}`, {
      hint: `save the file as UTF-8, or convert it: \`iconv -f ${other === 'UTF-16' ? 'UTF-16' : 'WINDOWS-1252'} -t UTF-8 readings.csv > utf8.csv\``,
    });
  }
  if (header.includes(0) || !isUtf8Header) {
    throw new MillraceError('MR5014', 'the first line is not a CSV header in UTF-8', {
      hint: 'is it a CSV file? Other formats are named behind the address: `json`, `parquet`',
    });
  }
  if (end - from > MAX_HEADER_BYTES) {
    throw new MillraceError('MR5014', 'the first line is longer than 1 MB', {
      hint: 'a CSV file begins with a line of column names',
    });
  }
  const text = header.toString('utf8').replace(/\r?\n$/, '');
  if (text.trim() === '') {
    throw new MillraceError('MR5004', 'the input is empty: a CSV file begins with a line of column names');
  }
  return text;
}

/** By its mark, or by the zeros beside the first two letters. */
function isUtf16(bytes: Buffer): boolean {
  const [a, b, c, d] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true;
  return (a !== 0 && b === 0 && c !== 0 && d === 0) || (a === 0 && b !== 0 && c === 0 && d !== 0);
}

/** Without the bytes that no text has, whatever its encoding. */
function isText(bytes: Buffer): boolean {
  return bytes.every(byte => byte >= 0x20 || byte === TAB || byte === NEWLINE || byte === CARRIAGE_RETURN);
}

function splitCells(text: string, separator: string): string[] {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let cell = '';
      for (at++; at < text.length; at++) {
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[at++];
        else break;
      }
      cells.push(cell);
      at = text.indexOf(separator, at);
    } else {
      const stop = text.indexOf(separator, at);
      cells.push(text.slice(at, stop < 0 ? undefined : stop));
      at = stop;
    }
    if (at < 0) return cells;
    at++;
  }
}

function isBlankLine(bytes: Buffer, from: number, next: number): boolean {
  return next - from === 1 || (next - from === 2 && bytes[from] === CARRIAGE_RETURN);
}

function shownSeparator(separator: string): string {
  return separator === '\t' ? 'tabs' : `\`${separator}\``;
}

const QUOTE = 0x22;
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const MAX_HEADER_BYTES = 1024 * 1024;
const UNMATCHED = 'quotes that do not match: one is never closed, or text stands behind a closing one';
