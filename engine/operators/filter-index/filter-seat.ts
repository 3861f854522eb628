import type { ByteColumn } from '../../batch.ts';
import type { Frame } from '../../operator.ts';
import { growUint32 } from '../../state/growable.ts';
import type { FormedCondition } from '../row-index/condition-forms.ts';
import type { Findable } from '../row-index/row-finder.ts';
import type { RowGatherer } from './gathered-rows.ts';
import { type RowsBehind, RowsOfFrame } from './rows-of-frame.ts';

/** What is made of the rows of a filter in an index. */
export type FilterOutput =
  /** A mask on the frame, for what has to see the other entries as well, since it keeps time. */
  | { readonly kind: 'mask'; readonly slot: number }
  /** A frame of these rows alone, where there are any: what is behind it sees nothing of the others. */
  | { readonly kind: 'frame'; readonly next: RowsBehind };

/** A filter in an index. */
export class FilterSeat implements Findable {
  readonly place: number;
  readonly levels: readonly FormedCondition[]; // one
  readonly readsQuiet = false;
  readonly #next: RowsBehind | undefined; // of a frame of its rows
  readonly #maskSlot: number | undefined;
  /** Of the current frame, in order; the first `count` of them. Bound: the longest frame. */
  rows = new Uint32Array(0);
  count = 0;
  #gatherer: RowGatherer | undefined; // of its rows
  #start = 0; // of these, among those that are gathered of a frame
  #mask: ByteColumn = { type: 'bool', values: new Uint8Array(0), valid: undefined };

  constructor(options: {
    readonly place: number; // among the filters of the index
    readonly condition: FormedCondition;
    readonly output: FilterOutput;
  }) {
    this.place = options.place;
    this.levels = [options.condition];
    const { output } = options;
    this.#next = output.kind === 'frame' ? output.next : undefined;
    this.#maskSlot = output.kind === 'mask' ? output.slot : undefined;
  }

  get isMask(): boolean {
    return this.#maskSlot !== undefined;
  }

  /** Before the rows of another frame are taken. */
  reset(): void {
    if (this.isMask) for (let n = 0; n < this.count; n++) this.#mask.values[this.rows[n]!] = 0;
    this.count = 0;
  }

  isTrue(row: number): boolean {
    const { form, place } = this.levels[0]!;
    return form.isTrue(row, place);
  }

  take(row: number): void {
    if (this.count === this.rows.length) this.rows = growUint32(this.rows, this.count + 1);
    this.rows[this.count++] = row;
  }

  /** Those of the first `count` of `from` of which the condition is true. */
  takeFrom(from: Uint32Array, count: number): void {
    this.rows = growUint32(this.rows, count);
    const { form, place } = this.levels[0]!;
    this.count = form.select(place, { from, count, to: this.rows });
  }

  /** Puts the mask of its rows into its slot. */
  putMask({ length, columns }: Frame): void {
    if (this.#maskSlot === undefined) return;
    if (this.#mask.values.length < length) this.#mask = { ...this.#mask, values: new Uint8Array(length) };
    for (let n = 0; n < this.count; n++) this.#mask.values[this.rows[n]!] = 1;
    columns[this.#maskSlot] = this.#mask;
  }

  /** The slots of the columns that what is behind reads; undefined: it sees a mask. Asked once all readers are there. */
  get readSlots(): readonly number[] | undefined {
    return this.#next?.carried.map(({ from }) => from);
  }

  gatherBy(gatherer: RowGatherer): void {
    this.#gatherer = gatherer;
  }

  /** Hands in the rows that are to be gathered. */
  handIn(): void {
    if (this.#gatherer !== undefined) this.#start = this.#gatherer.add(this.rows, this.count);
  }

  /** Gives the rows that are gathered to what is behind. */
  giveOut(frame: Frame): void {
    const next = this.#next;
    if (next === undefined) return;
    next.run(new RowsOfFrame(this.#gatherer!.gather(frame), this.#start, this.count, next));
  }
}
