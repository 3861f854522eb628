import type { SourceNode } from '../../dsl/plan.ts';
import { neededFields, readScalar, type SymbolTable } from '../../engine/batch.ts';
import { type EventRows, pickedRows } from './event-rows.ts';

/**
 * Leaves out late events at the beginning of a stretch, where they could be taken for others. A key's watermark may come from before it:
 * that of an event in time, or of the arrival clock since. What is in time is no earlier than that watermark; so, when the key's own
 * events have moved it on to where the first of these was, it is known, and later ones that are late are found to be so again.
 */
export class KnownLate {
  readonly #latenessUs: number;
  readonly #keyColumns: readonly number[];
  readonly #symbols: SymbolTable;
  /** Where the watermark has to come to, by key; −Infinity: it has. Bound: the keys. */
  readonly #untilUs = new Map<string | number, number>();

  constructor(source: SourceNode, symbols: SymbolTable) {
    const fields = neededFields(source);
    this.#latenessUs = source.latenessUs;
    this.#keyColumns = source.key.map(name => fields.findIndex(field => field.name === name));
    this.#symbols = symbols;
  }

  /** Those of these that may come, which stand in the order of arrival, from one call to the next as well. */
  of(rows: EventRows): EventRows {
    const kept: number[] = [];
    for (let row = 0; row < rows.length; row++) if (this.#mayCome(rows, row)) kept.push(row);
    return kept.length === rows.length ? rows : pickedRows(rows, Uint32Array.from(kept));
  }

  #mayCome(rows: EventRows, row: number): boolean {
    const key = this.#keyOf(rows, row);
    const untilUs = this.#untilUs.get(key);
    if (rows.isLate[row] === 1) return untilUs === -Infinity;
    if (untilUs === -Infinity) return true;
    const watermarkUs = rows.timeUs[row]! - this.#latenessUs;
    this.#untilUs.set(key, watermarkUs >= (untilUs ?? rows.timeUs[row]!) ? -Infinity : (untilUs ?? rows.timeUs[row]!));
    return true;
  }

  #keyOf({ columns }: EventRows, row: number): string | number {
    const [first] = this.#keyColumns;
    if (this.#keyColumns.length === 1) {
      const { type, values, valid } = columns[first!]!;
      if (type === 'symbol' && valid?.[row] !== 0) return values[row]!;
    }
    return JSON.stringify(this.#keyColumns.map(column => readScalar(columns[column]!, row, this.#symbols)));
  }
}
