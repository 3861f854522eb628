import type { Field, SideNode } from '../../dsl/plan.ts';
import {
  type Column,
  createColumn,
  type EventBatch,
  NO_SYMBOL,
  type Rejection,
  type Scalar,
  type SymbolTable,
} from '../batch.ts';

/** What a source rejects as events of their own, at the time of their arrival. */
export class RejectedEvents {
  readonly #node: SideNode;
  readonly #symbols: SymbolTable;

  constructor(node: SideNode, symbols: SymbolTable) {
    this.#node = node;
    this.#symbols = symbols;
  }

  /** `rejections` come in order of arrival. */
  take(rejections: readonly Rejection[]): EventBatch {
    const timeUs = Float64Array.from(rejections, rejection => rejection.arrivalUs);
    return {
      stream: this.#node.id,
      length: rejections.length,
      timeUs,
      arrivalUs: timeUs.slice(),
      columns: this.#node.fields.map(field => this.#column(field, rejections)),
      rejected: [],
    };
  }

  #column({ name, type }: Field, rejections: readonly Rejection[]): Column {
    const column = createColumn(type, rejections.length);
    const valueOf = VALUES[name] ?? (({ key }: Rejection) => key?.[name] ?? null);
    rejections.forEach((rejection, row) => {
      const value = this.#stored(type, valueOf(rejection));
      if (value === null) {
        column.valid ??= new Uint8Array(rejections.length).fill(1);
        column.valid[row] = 0;
      } else {
        column.values[row] = value;
      }
    });
    return column;
  }

  /** As a column has it. A symbol for which there is no room is null. */
  #stored(type: Field['type'], value: Scalar): string | number | null {
    if (value === null) return null;
    if (type === 'symbol') {
      const id = this.#symbols.admit(String(value));
      return id === NO_SYMBOL ? null : id;
    }
    return typeof value === 'boolean' ? Number(value) : value;
  }
}

const VALUES: Readonly<Record<string, (rejection: Rejection) => Scalar>> = {
  event_time: ({ eventTimeUs }) => eventTimeUs,
  code: ({ code }) => code,
  reason: ({ reason }) => reason,
  raw: ({ raw }) => raw,
};
