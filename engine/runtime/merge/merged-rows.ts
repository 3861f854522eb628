import type { Field, MergeNode } from '../../../dsl/plan.ts';
import { type Column, createColumn } from '../../batch.ts';
import type { Frame } from '../../operator.ts';
import { emptyLike, gatherColumn, growColumn, moveValues, type NotedRows, noRows, note } from '../../state/columns.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';

/** What the merged rows have: the key, and of each input whether it is there and its columns. */
export function mergedFields(node: MergeNode): Field[] {
  return [...node.key, ...ownFields(node)];
}

function ownFields({ inputs }: MergeNode): Field[] {
  return inputs.flatMap(({ isHere, columns }): Field[] => [{ name: isHere, type: 'bool' }, ...columns]);
}

/** Makes columns of merged rows of those of the inputs: what others have is null. Its arrays are used again for the next frame. */
export class MergedRows {
  readonly #keys: KeyDictionary;
  readonly #columns: readonly Column[];
  readonly #starts: readonly number[]; // by input: the place of its first column
  readonly #rows: readonly NotedRows[]; // by input, of slots to rows of the frame

  constructor(node: MergeNode, keys: KeyDictionary) {
    this.#keys = keys;
    this.#columns = ownFields(node).map(({ type }) => emptyLike(createColumn(type, 0)));
    let start = 0;
    this.#starts = node.inputs.map(({ columns }) => {
      const first = start;
      start += 1 + columns.length;
      return first;
    });
    this.#rows = node.inputs.map(noRows);
  }

  /** The row at this place of the frame is an input's, whose columns wait at `slot`. */
  add(input: number, slot: number, row: number): void {
    note(this.#rows[input]!, slot, row);
  }

  /** The columns of the rows that were added, before any slot is of another one. */
  write({ length, keyIds }: Frame, inputs: readonly { readonly columns: readonly Column[] }[]): Column[] {
    const columns = this.#columns;
    for (const column of columns) growColumn(column, length);
    for (let input = 0; input < inputs.length; input++) {
      const rows = this.#rows[input]!;
      const start = this.#starts[input]!;
      const isHere = columns[start]!;
      isHere.values.fill(0 as never, 0, length); // as: a bool column
      isHere.valid!.fill(1, 0, length);
      for (let i = 0; i < rows.length; i++) isHere.values[rows.to[i]!] = 1;
      inputs[input]!.columns.forEach((from, c) => {
        const to = columns[start + 1 + c]!;
        to.valid!.fill(0, 0, length);
        moveValues(from, to, rows);
      });
      rows.length = 0;
    }
    return [...this.#keys.columns.map(column => gatherColumn(column, keyIds, length)), ...columns];
  }
}
