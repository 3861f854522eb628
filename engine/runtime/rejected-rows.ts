import { type Field, SERIES_FIELDS, type ValueType } from '../../dsl/plan.ts';
import { type Column, createColumn, type Rejection, type Scalar, SymbolTable } from '../batch.ts';
import type { RowBatch } from '../connector.ts';
import { type RowShape, RowsOfParts } from './row-batch.ts';

/** The series of what a stored source rejects (MEANING.md 10): rejections as rows. */
export class RejectedRows {
  readonly #stream: string;
  readonly #shape: RowShape;
  readonly #symbols = new SymbolTable(); // few: of codes and sources

  constructor(stream: string, shape: RowShape) {
    this.#stream = stream;
    this.#shape = shape;
  }

  /** There is at least one. */
  take(rejections: readonly Rejection[]): RowBatch {
    const part = {
      stream: this.#stream,
      length: rejections.length,
      timeUs: Float64Array.from(rejections, rejection => rejection.arrivalUs),
      key: this.#shape.key.map(({ name, type }) => this.#column(type, rejections, ({ key }) => key?.[name] ?? null)),
      columns: [],
      own: SERIES_FIELDS.rejected.map(({ name, type }) => this.#column(type, rejections, VALUES[name]!)),
    };
    return new RowsOfParts([part], { shape: this.#shape, symbols: this.#symbols, order: 'as-handled' });
  }

  #column(type: ValueType, rejections: readonly Rejection[], valueOf: (rejection: Rejection) => Scalar): Column {
    const column = createColumn(type, rejections.length);
    rejections.forEach((rejection, row) => {
      const value = valueOf(rejection);
      if (value === null) {
        column.valid ??= new Uint8Array(rejections.length).fill(1);
        column.valid[row] = 0;
      } else {
        column.values[row] = type === 'symbol' ? this.#symbols.idOf(String(value)) : plain(value);
      }
    });
    return column;
  }
}

/**
 * Texts of a key are no symbols here: each is kept with its row and goes with it, since what is rejected may have a new
 * one every time.
 */
export function rejectedShape({ key }: RowShape): RowShape {
  const asText = (field: Field): Field => (field.type === 'symbol' ? { ...field, type: 'string' } : field);
  return { key: key.map(asText), fields: [] };
}

/** As a column has it. */
function plain(value: string | number | boolean): string | number {
  return typeof value === 'boolean' ? Number(value) : value;
}

const VALUES: Readonly<Record<string, (rejection: Rejection) => Scalar>> = {
  event_time: ({ eventTimeUs }) => eventTimeUs,
  code: ({ code }) => code,
  reason: ({ reason }) => reason,
  raw: ({ raw }) => raw,
  source: ({ identity }) => identity?.source ?? null,
  seq: ({ identity }) => identity?.sequence ?? null,
  item: ({ identity }) => identity?.item ?? null,
};
