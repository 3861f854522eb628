import type { SymbolTable } from '../../engine/batch.ts';
import type { RowPart } from '../../engine/connector.ts';
import { assert } from '../../engine/errors.ts';
import { literal } from './names.ts';
import type { Transaction } from './store-file.ts';

/**
 * Sources have a number in a file: there are few, their names are long, and each row of a raw series has one. A view shows
 * the name. benchmark: duckdb
 */
export class SourceNumbers {
  #known = new Map<string, number>();

  /** The file was opened anew: what was not committed is not known. */
  forget(): void {
    this.#known = new Map();
  }

  /** By the ids of the symbols in the parts; `place` is that of the source among a row's own columns. */
  async of(
    transaction: Transaction,
    parts: readonly RowPart[],
    { place, symbols }: { readonly place: number; readonly symbols: SymbolTable },
  ): Promise<ReadonlyMap<number, number>> {
    const numbers = new Map<number, number>();
    for (const id of idsOf(parts, place)) numbers.set(id, await this.#numberOf(transaction, symbols.textOf(id)));
    return numbers;
  }

  async #numberOf(transaction: Transaction, name: string): Promise<number> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const [found] = await transaction.rows(`SELECT number FROM millrace.sources WHERE name = ${literal(name)}`);
    const [next] = await transaction.rows('SELECT count(*) + 1 FROM millrace.sources');
    const number = Number((found ?? next!)[0]);
    if (found === undefined) await transaction.run(`INSERT INTO millrace.sources VALUES (${number}, ${literal(name)})`);
    this.#known.set(name, number);
    return number;
  }
}

/** In a view: the name of a number. */
export function sourceName(column: string): string {
  return `(SELECT list(name ORDER BY number) FROM millrace.sources)[${column}]`;
}

function idsOf(parts: readonly RowPart[], place: number): Set<number> {
  const ids = new Set<number>();
  for (const { own, length } of parts) {
    const column = own![place]!;
    assert(column.type === 'symbol', 'a source is a symbol');
    let last = -1;
    for (let row = 0; row < length; row++) {
      const id = column.values[row]!;
      if (id === last || (column.valid !== undefined && column.valid[row] === 0)) continue;
      ids.add(id);
      last = id;
    }
  }
  return ids;
}
