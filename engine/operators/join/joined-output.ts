import type { Field, IntervalJoinNode, LatestJoinNode } from '../../../dsl/plan.ts';
import { type Column, createColumn } from '../../batch.ts';
import type { Downstream } from '../../operator.ts';
import { copyOrVoid } from '../../state/columns.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import { DerivedRows } from '../derived-rows.ts';

export type JoinNode = IntervalJoinNode | LatestJoinNode;

/** A row of one side: the columns of that side's fields, in their order, and its place in them. */
export type SideRow = { readonly columns: readonly (Column | undefined)[]; readonly row: number };

/** What the joined rows have: the key first. */
export function joinedFields(key: readonly Field[], { fields }: JoinNode): Field[] {
  return [...key, ...fields];
}

/** The fields of one side. */
export function fieldsOfSide({ fields }: JoinNode, side: 'left' | 'right'): JoinNode['fields'] {
  return fields.filter(({ of }) => of === side);
}

/** The frame of joined rows: see DerivedRows. */
export class JoinedOutput extends DerivedRows {
  readonly #like: readonly Column[];
  readonly #places: Readonly<Record<'left' | 'right', readonly number[]>>; // of each side's fields among the columns

  constructor(node: JoinNode, context: { readonly keys: KeyDictionary; readonly downstream: Downstream }) {
    super(context);
    this.#like = node.fields.map(({ type }) => createColumn(type, 0));
    const placesOf = (side: 'left' | 'right') => node.fields.flatMap(({ of }, place) => (of === side ? [place] : []));
    this.#places = { left: placesOf('left'), right: placesOf('right') };
  }

  /** `right` null: the left row has no partner. */
  append(timeUs: number, left: SideRow, right: SideRow | null): void {
    const row = this.open(timeUs, this.#like);
    this.#write('left', left, row);
    this.#write('right', right ?? NO_ROW, row);
  }

  #write(side: 'left' | 'right', { columns, row: from }: SideRow, row: number): void {
    const places = this.#places[side];
    for (let c = 0; c < places.length; c++) copyOrVoid(columns[c], from, this.columns[places[c]!]!, row);
  }
}

const NO_ROW: SideRow = { columns: [], row: 0 };
