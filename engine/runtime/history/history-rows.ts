import type { Field } from '../../../dsl/plan.ts';
import { readScalar, type Scalar, type SymbolTable } from '../../batch.ts';
import { compareTexts } from '../../compare-texts.ts';
import type { ColumnarRows, OutputRow, RowBatch, RowPart, Series } from '../../connector.ts';
import { RisenTimes } from '../risen-times.ts';

/** Rows of a series that several shares gave: by time, then key; those of one key stay in the order in which they came. */
export class HistoryRows implements RowBatch {
  readonly series: Series;
  readonly length: number;
  readonly columnar: ColumnarRows;
  #rows: readonly OutputRow[] | undefined;

  constructor(series: Series, parts: readonly RowPart[], symbols: SymbolTable) {
    this.series = series;
    this.length = parts.reduce((sum, part) => sum + part.length, 0);
    this.columnar = { parts, symbols };
  }

  get stream(): string {
    return this.series.stream;
  }

  get fields(): readonly Field[] {
    return [...this.series.key, ...this.series.fields];
  }

  get rows(): readonly OutputRow[] {
    return (this.#rows ??= this.#inOrder());
  }

  #inOrder(): readonly OutputRow[] {
    const risen = new RisenTimes(); // early rows are among them
    const keyed = this.columnar.parts.flatMap(part =>
      Array.from({ length: part.length }, (_, i) => {
        const row = this.#row(part, i);
        const key = JSON.stringify(row.key);
        return { row, key, timeUs: risen.next(key, row.timeUs) };
      }),
    );
    keyed.sort((a, b) => a.timeUs - b.timeUs || compareTexts(a.key, b.key)); // stable
    return keyed.map(({ row }) => row);
  }

  #row(part: RowPart, row: number): OutputRow {
    const { key, fields } = this.series;
    const read = (named: readonly Field[], columns: RowPart['columns']) =>
      Object.fromEntries(
        columns.map((column, c): [string, Scalar] => [named[c]!.name, readScalar(column, row, this.columnar.symbols)]),
      );
    return { timeUs: part.timeUs[row]!, key: read(key, part.key), values: read(fields, part.columns) };
  }
}
