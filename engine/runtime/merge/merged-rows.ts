import type { Field, MergeNode } from '../../../dsl/plan.ts';
import { type Column, createColumn } from '../../batch.ts';
import { copyValue } from '../../state/columns.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import type { RowOutput } from '../../state/row-output.ts';

/** What the merged rows have: the key, and of each input whether it is there and its columns. */
export function mergedFields({ key, inputs }: MergeNode): Field[] {
  const ofInputs = inputs.flatMap(({ isHere, columns }): Field[] => [{ name: isHere, type: 'bool' }, ...columns]);
  return [...key, ...ofInputs];
}

type RowPlace = { readonly keyId: number; readonly input: number; readonly timeUs: number; readonly cameUs: number };

/** Writes rows of the inputs as merged rows: columns of others are null. */
export class MergedRows {
  readonly #keys: KeyDictionary;
  readonly #like: readonly Column[];
  readonly #starts: readonly number[]; // by input: the place of its first column; the last one: of none

  constructor(node: MergeNode, keys: KeyDictionary) {
    this.#keys = keys;
    this.#like = mergedFields(node).map(({ type }) => createColumn(type, 0));
    let start = node.key.length;
    this.#starts = [start, ...node.inputs.map(({ columns }) => (start += 1 + columns.length))];
  }

  /** A row of an input, whose own columns are `from`, at `slot`. */
  append(output: RowOutput, { keyId, input, ...times }: RowPlace, from: readonly Column[], slot: number): void {
    const row = output.open(times, this.#like);
    const { columns } = output;
    const starts = this.#starts;
    for (let c = 0; c < starts[0]!; c++) copyValue(this.#keys.columns[c]!, keyId, columns[c]!, row);
    for (let i = 0; i < starts.length - 1; i++) {
      const isHere = columns[starts[i]!]!;
      isHere.values[row] = i === input ? 1 : 0;
      isHere.valid![row] = 1;
      const first = starts[i]! + 1;
      const end = starts[i + 1]!;
      if (i === input) for (let c = first; c < end; c++) copyValue(from[c - first]!, slot, columns[c]!, row);
      else for (let c = first; c < end; c++) columns[c]!.valid![row] = 0;
    }
  }
}
