import type { TableNode } from '../../dsl/plan.ts';
import { QUALITY_WORDS, type Scalar, type SymbolTable } from '../batch.ts';
import type { InputEntry, InputListener } from '../recorded-input.ts';
import { applyEntry } from './table-change.ts';
import { TableVersions } from './table-versions.ts';

/** A table as the operators behind one source see it: up to where the source's arrival clock has come. */
export class TableReplica implements InputListener {
  readonly input: string;
  readonly node: TableNode;
  readonly versions = new TableVersions();
  /** Another one: another row may be found. */
  changes = 0;
  readonly #symbols: SymbolTable;

  constructor(node: TableNode, symbols: SymbolTable) {
    this.input = node.id;
    this.node = node;
    this.#symbols = symbols;
  }

  hear(entry: InputEntry): void {
    applyEntry(this.versions, this.node, entry, row => row.map((value, i) => this.#encode(value, i)));
    this.changes++;
  }

  recall(entry: InputEntry): void {
    this.hear(entry);
  }

  /** An estimate. */
  get stateBytes(): number {
    return this.versions.count * (VERSION_BYTES + this.node.fields.length * VALUE_BYTES);
  }

  /** As columns have it. */
  #encode(value: Scalar, field: number): Scalar {
    if (value === null) return null;
    switch (this.node.fields[field]!.type) {
      case 'symbol':
        return this.#symbols.idOf(value as string); // as: its type
      case 'bool':
        return value === true ? 1 : 0;
      case 'quality':
        return QUALITY_WORDS.indexOf(value as 'good'); // as: one of them
      default:
        return value;
    }
  }
}

const VERSION_BYTES = 160;
const VALUE_BYTES = 24;
