import { csvRow } from '../../connectors/codecs/output-csv.ts';
import { scalarJson } from '../../connectors/codecs/output-lines.ts';
import { LineWriter } from './line-writer.ts';
import { printable } from './printable.ts';

export type Cell = string | number | bigint | boolean | null;
export type TableFormat = 'text' | 'json' | 'csv';
export type FormatOptions = { readonly json?: true; readonly csv?: true };

/** Of the options `--json` and `--csv`, which exclude each other. */
export function formatOf({ json, csv }: FormatOptions): TableFormat {
  if (json === true) return 'json';
  return csv === true ? 'csv' : 'text';
}

/** Rows of one table on standard output: for people, as JSON objects, or as CSV with a header; null is an empty cell. */
export class TableOutput {
  readonly #writer = new LineWriter(process.stdout);
  readonly #columns: readonly string[];
  readonly #format: TableFormat;
  #widths: readonly number[] | undefined; // of the first rows: longer cells stand out

  constructor(columns: readonly string[], format: TableFormat) {
    this.#columns = columns;
    this.#format = format;
    if (format === 'csv') this.#writer.line(csvRow(columns));
  }

  rows(rows: readonly (readonly Cell[])[]): void {
    if (this.#format === 'text' && this.#widths === undefined) {
      this.#widths = this.#columns.map((name, column) =>
        Math.min(MOST_WIDTH, Math.max(name.length, ...rows.map(row => textOf(row[column]!).length))),
      );
      this.#writer.line(this.#aligned(this.#columns));
    }
    for (const row of rows) this.#writer.line(this.#lineOf(row));
  }

  async drained(signal: AbortSignal): Promise<void> {
    await this.#writer.drained(signal);
  }

  end(): void {
    this.#writer.flush();
  }

  #lineOf(row: readonly Cell[]): string {
    switch (this.#format) {
      case 'json':
        return `{${row.map((cell, column) => `${JSON.stringify(this.#columns[column]!)}:${jsonOf(cell)}`).join(',')}}`;
      case 'csv':
        return csvRow(row.map(textOf));
      case 'text':
        return this.#aligned(row);
    }
  }

  #aligned(cells: readonly Cell[]): string {
    return cells
      .map((cell, column) => printable(textOf(cell)).padEnd(this.#widths![column]!))
      .join('  ')
      .trimEnd();
  }
}

function textOf(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'string' ? cell : jsonOf(cell);
}

function jsonOf(cell: Cell): string {
  return typeof cell === 'bigint' ? String(cell) : scalarJson(cell);
}

const MOST_WIDTH = 40;
