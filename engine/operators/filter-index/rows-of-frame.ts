import type { Column } from '../../batch.ts';
import type { Frame } from '../../operator.ts';
import { sliceColumn } from '../../state/columns.ts';
import type { GatheredRows } from './gathered-rows.ts';

/** What is behind a filter, and computes columns of its rows and gives them out: it keeps neither time nor state. */
export interface RowsBehind {
  readonly carried: readonly CarriedSlot[];
  run(frame: Frame): void;
}

/** A column of the filter's own frame, and where it is in a frame of the filter's rows. */
export type CarriedSlot = { readonly from: number; readonly to: number };

/** Rows of one filter as a frame of their own, among those that were gathered for several. Its arrays are cut out of theirs when somebody asks. */
export class RowsOfFrame implements Frame {
  readonly length: number;
  readonly rows = undefined;
  readonly hasRows = true;
  readonly cause: Frame['cause'];
  readonly #gathered: GatheredRows;
  readonly #start: number;
  readonly #behind: RowsBehind;
  #timeUs: Float64Array | undefined;
  #columns: (Column | undefined)[] | undefined;

  constructor(gathered: GatheredRows, start: number, length: number, behind: RowsBehind) {
    this.length = length;
    this.cause = gathered.cause;
    this.#gathered = gathered;
    this.#start = start;
    this.#behind = behind;
  }

  get keyIds(): Uint32Array {
    return this.#gathered.keyIds.subarray(this.#start, this.#end);
  }

  get timeUs(): Float64Array {
    return (this.#timeUs ??= this.#gathered.timeUs.subarray(this.#start, this.#end));
  }

  /** Of a row it is its time. */
  get watermarkUs(): Float64Array {
    return this.timeUs;
  }

  get arrivalUs(): Float64Array {
    return this.#gathered.arrivalUs.subarray(this.#start, this.#end);
  }

  get columns(): (Column | undefined)[] {
    return (this.#columns ??= this.#carriedColumns());
  }

  /** Of the key's fields. */
  get key(): readonly Column[] {
    return this.#gathered.key.map(column => sliceColumn(column, this.#start, this.#end));
  }

  get #end(): number {
    return this.#start + this.length;
  }

  #carriedColumns(): (Column | undefined)[] {
    const columns: (Column | undefined)[] = [];
    this.#behind.carried.forEach(({ to }, i) => {
      columns[to] = sliceColumn(this.#gathered.columns[i]!, this.#start, this.#end);
    });
    return columns;
  }
}
