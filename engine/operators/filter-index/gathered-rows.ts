import type { Column } from '../../batch.ts';
import type { Frame } from '../../operator.ts';
import { gatherColumn } from '../../state/columns.ts';
import { gatherFloat64, gatherUint32 } from '../../state/gather.ts';
import { growUint32 } from '../../state/growable.ts';

/** Rows of a frame that pass filters whose readers want the same columns, filter by filter: copies that nobody else has. */
export class GatheredRows {
  readonly keyIds: Uint32Array;
  readonly timeUs: Float64Array;
  readonly arrivalUs: Float64Array;
  readonly cause: Frame['cause'];
  readonly columns: readonly Column[]; // in the order of the slots
  readonly key: readonly Column[]; // of its fields: when the frame is over, an id may be another key's

  constructor(frame: Frame, rows: Uint32Array, { slots, keys }: GatheredColumns) {
    const { length } = rows;
    this.keyIds = gatherUint32(frame.keyIds, rows);
    this.timeUs = gatherFloat64(frame.timeUs, rows);
    this.arrivalUs = gatherFloat64(frame.arrivalUs, rows);
    this.cause = frame.cause;
    this.columns = slots.map(slot => gatherColumn(frame.columns[slot]!, rows, length));
    this.key = keys.columns.map(column => gatherColumn(column, this.keyIds, length));
  }
}

/** Of the frame, and by key id. */
type GatheredColumns = {
  readonly slots: readonly number[];
  readonly keys: { readonly columns: readonly Column[] };
};

/** Gathers rows of one frame after another for filters whose readers want the columns at the same slots. */
export class RowGatherer {
  readonly #wanted: GatheredColumns;
  #rows: Uint32Array = new Uint32Array(0); // of the current frame; bound: the longest frame, times the filters
  #count = 0;
  #gathered: GatheredRows | undefined;

  constructor(wanted: GatheredColumns) {
    this.#wanted = wanted;
  }

  /** The first `count` of `rows`. Returns where they begin among those that are gathered. */
  add(rows: Uint32Array, count: number): number {
    const start = this.#count;
    this.#count += count;
    this.#rows = growUint32(this.#rows, this.#count);
    for (let n = 0; n < count; n++) this.#rows[start + n] = rows[n]!;
    this.#gathered = undefined;
    return start;
  }

  /** All that were added since the frame before, of this one. */
  gather(frame: Frame): GatheredRows {
    if (this.#gathered !== undefined) return this.#gathered;
    this.#gathered = new GatheredRows(frame, this.#rows.subarray(0, this.#count), this.#wanted);
    this.#count = 0;
    return this.#gathered;
  }
}
