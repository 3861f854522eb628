import type { SourceNode } from '../../dsl/plan.ts';
import { type EventBatch, identityColumns, type SymbolTable } from '../batch.ts';
import type { EventInOrder } from '../connector.ts';

/** Up to where events of a source have passed its gate: plain data, for a checkpoint. */
export type SourceEnd = {
  /** Null: none has, or they have no identity. */
  readonly last: EventInOrder | null;
  /** It is at its end, and its keys have moved on to there. */
  readonly isAtEnd: boolean;
};

/** Notes the last event of each batch that passes. */
export class LastEvent {
  readonly #symbols: SymbolTable;
  readonly #columns: readonly number[]; // of a batch: with the source, the sequence, the item; empty: it has none
  #event: EventInOrder | null;

  /** `stored`: of the run before. */
  constructor(
    node: SourceNode,
    { symbols, stored }: { readonly symbols: SymbolTable; readonly stored: EventInOrder | null },
  ) {
    this.#symbols = symbols;
    this.#columns = identityColumns(node);
    this.#event = stored;
  }

  get event(): EventInOrder | null {
    return this.#event;
  }

  note({ length, arrivalUs, columns }: EventBatch): void {
    if (length === 0 || this.#columns.length === 0) return;
    const row = length - 1;
    const [source, sequence, item] = this.#columns.map(column => Number(columns[column]!.values[row]));
    this.#event = {
      arrivalUs: arrivalUs[row]!,
      source: this.#symbols.textOf(source!),
      sequence: sequence!,
      item: item!,
    };
  }
}
