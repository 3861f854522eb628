import type { Field, IntervalJoinNode, LatestJoinNode } from '../../../dsl/plan.ts';
import { type Column, createColumn } from '../../batch.ts';
import type { Downstream, Frame } from '../../operator.ts';
import { emptyLike, growColumn, moveValues, type NotedRows, noRows, note } from '../../state/columns.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import { DerivedRows } from '../derived-rows.ts';

export type JoinNode = IntervalJoinNode | LatestJoinNode;

/** What the joined rows have: the key first. */
export function joinedFields(key: readonly Field[], { fields }: JoinNode): Field[] {
  return [...key, ...fields];
}

/** The fields of one side. */
export function fieldsOfSide({ fields }: JoinNode, side: 'left' | 'right'): JoinNode['fields'] {
  return fields.filter(({ of }) => of === side);
}

/** The columns of one side's fields, in their order, whose rows the joined ones are made of. */
export type SideColumns = readonly (Column | undefined)[];

/** The frame of joined rows: see DerivedRows. Its columns are written when all rows are there. */
export class JoinedOutput extends DerivedRows {
  readonly #columns: readonly Column[];
  readonly #places: Readonly<Record<'left' | 'right', readonly number[]>>; // of each side's fields among the columns
  readonly #left = noRows(); // of the side's rows to those of the frame
  readonly #right = noRows();

  constructor(node: JoinNode, context: { readonly keys: KeyDictionary; readonly downstream: Downstream }) {
    super(context);
    this.#columns = node.fields.map(({ type }) => emptyLike(createColumn(type, 0)));
    const placesOf = (side: 'left' | 'right') => node.fields.flatMap(({ of }, place) => (of === side ? [place] : []));
    this.#places = { left: placesOf('left'), right: placesOf('right') };
  }

  /** `left`, `right`: rows of the sides; −1: the left row has no partner. */
  append(timeUs: number, left: number, right: number): void {
    const row = this.row(timeUs);
    note(this.#left, left, row);
    if (right >= 0) note(this.#right, right, row);
  }

  /** All rows are there, and those of the sides are still in their places. */
  takeOf(left: SideColumns, right: SideColumns): Frame | undefined {
    if (this.#left.length > 0) {
      this.#write(this.#places.left, left, this.#left);
      this.#write(this.#places.right, right, this.#right);
      this.frame.columns = this.#columns.slice();
    }
    return this.take();
  }

  #write(places: readonly number[], columns: SideColumns, rows: NotedRows): void {
    const { length } = this.frame;
    for (let c = 0; c < places.length; c++) {
      const to = this.#columns[places[c]!]!;
      growColumn(to, length);
      to.valid!.fill(0, 0, length);
      moveValues(columns[c], to, rows);
    }
    rows.length = 0;
  }
}
