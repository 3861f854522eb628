import type { Field, IntervalJoinNode, LatestJoinNode } from '../../../dsl/plan.ts';
import { type Column, createColumn } from '../../batch.ts';
import type { Downstream, Frame } from '../../operator.ts';
import { copyValue, gatherColumn } from '../../state/columns.ts';
import { growInt32 } from '../../state/growable.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import { RowOutput } from '../../state/row-output.ts';

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

/** The frame of joined rows, which is written while the input's is read. */
export class JoinedOutput {
  readonly #keys: KeyDictionary;
  readonly #downstream: Downstream;
  readonly #rows = new RowOutput();
  readonly #like: readonly Column[];
  readonly #places: Readonly<Record<'left' | 'right', readonly number[]>>; // of each side's fields among the columns
  #arrivalUs = 0;
  #told = new Int32Array(0); // by key, the frame in which a row of it went on
  #frameNumber = 0;

  constructor(node: JoinNode, context: { readonly keys: KeyDictionary; readonly downstream: Downstream }) {
    this.#keys = context.keys;
    this.#downstream = context.downstream;
    this.#like = node.fields.map(({ type }) => createColumn(type, 0));
    const placesOf = (side: 'left' | 'right') => node.fields.flatMap(({ of }, place) => (of === side ? [place] : []));
    this.#places = { left: placesOf('left'), right: placesOf('right') };
  }

  start(): void {
    this.#rows.start();
    this.#told = growInt32(this.#told, this.#keys.size);
    this.#frameNumber++;
  }

  /** What follows is of this entry. */
  set(keyId: number, arrivalUs: number): void {
    this.#rows.set(keyId, arrivalUs);
    this.#arrivalUs = arrivalUs;
  }

  /** `right` null: the left row has no partner. */
  append(keyId: number, timeUs: number, left: SideRow, right: SideRow | null): void {
    const row = this.#rows.open({ timeUs, cameUs: this.#arrivalUs }, this.#like);
    this.#write('left', left, row);
    if (right !== null) this.#write('right', right, row);
    else for (const place of this.#places.right) this.#rows.columns[place]!.valid![row] = 0;
    this.#told[keyId] = this.#frameNumber;
  }

  /** Tells what is behind how far the entry's key has come, if anything waits for that. */
  advance(keyId: number, watermarkUs: number): void {
    const { hasRekey, hasTimers } = this.#downstream;
    if (!hasRekey && !hasTimers) return;
    const isWaitedFor = this.#told[keyId] === this.#frameNumber || this.#downstream.nextDueUs(keyId) <= watermarkUs;
    if (hasRekey || isWaitedFor) this.#rows.advance(watermarkUs);
  }

  take(): Frame | undefined {
    const { frame } = this.#rows;
    if (frame.length === 0) return undefined;
    if (!frame.hasRows) return frame;
    const keyColumns = this.#keys.columns.map(column => gatherColumn(column, frame.keyIds, frame.length));
    frame.columns = [...keyColumns, ...frame.columns];
    return frame;
  }

  #write(side: 'left' | 'right', { columns, row: from }: SideRow, row: number): void {
    const places = this.#places[side];
    for (let c = 0; c < places.length; c++) {
      const to = this.#rows.columns[places[c]!]!;
      const column = columns[c];
      if (column === undefined) to.valid![row] = 0;
      else copyValue(column, from, to, row);
    }
  }
}
