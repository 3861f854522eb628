import type { Column } from '../../batch.ts';
import type { Frame } from '../../operator.ts';
import { gatherColumn } from '../../state/columns.ts';
import { gatherFloat64, gatherUint32 } from '../../state/gather.ts';

/** What is behind a filter, and computes columns of its rows and gives them out: it keeps neither time nor state. */
export interface RowsBehind {
  readonly carried: readonly CarriedSlot[];
  run(frame: Frame): void;
}

/** A column of the filter's own frame, and where it is in a frame of the filter's rows. */
export type CarriedSlot = { readonly from: number; readonly to: number };

/** Some rows of a frame as one of their own: copies of what is carried over, which nobody else has. */
export class RowsOfFrame implements Frame {
  readonly length: number;
  readonly keyIds: Uint32Array;
  readonly timeUs: Float64Array;
  readonly rows = undefined;
  readonly hasRows = true;
  readonly cause: Frame['cause'];
  readonly columns: (Column | undefined)[] = [];
  readonly #frame: Frame;
  readonly #rows: Uint32Array;

  constructor(frame: Frame, rows: Uint32Array, carried: readonly CarriedSlot[]) {
    this.length = rows.length;
    this.keyIds = gatherUint32(frame.keyIds, rows);
    this.timeUs = gatherFloat64(frame.timeUs, rows);
    this.cause = frame.cause;
    for (let i = 0; i < carried.length; i++) {
      const { from, to } = carried[i]!;
      this.columns[to] = gatherColumn(frame.columns[from]!, rows, rows.length);
    }
    this.#frame = frame;
    this.#rows = rows;
  }

  /** Of a row it is its time. */
  get watermarkUs(): Float64Array {
    return this.timeUs;
  }

  /** Nobody asks for it, mostly. */
  get arrivalUs(): Float64Array {
    return gatherFloat64(this.#frame.arrivalUs, this.#rows);
  }
}
