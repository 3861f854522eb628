import type { Column } from '../batch.ts';
import type { Frame } from '../operator.ts';
import { copyValue, emptyLike, growColumn } from './columns.ts';
import { growFloat64, growUint32, growUint8 } from './growable.ts';

/**
 * A frame that is written entry by entry, with rows that leave a reorder buffer. Its arrays are used again, since nobody
 * keeps a frame beyond its handling: each `start` is for a frame that is handled before the next one.
 */
export class RowOutput {
  readonly #columns: Column[] = []; // those of the rows; operators add theirs to the frame only
  #frame: Frame;
  #keyId = 0;
  #arrivalUs = 0;

  constructor() {
    const timeUs = new Float64Array(64);
    this.#frame = {
      length: 0,
      keyIds: new Uint32Array(64),
      timeUs,
      watermarkUs: timeUs,
      arrivalUs: new Float64Array(64),
      cameUs: new Float64Array(64),
      rows: new Uint8Array(64),
      hasRows: false,
      columns: [],
    };
  }

  get frame(): Frame {
    return this.#frame;
  }

  /** Begins an empty frame. */
  start(): this {
    this.#frame = { ...this.#frame, length: 0, hasRows: false, columns: [], cause: undefined };
    return this;
  }

  /** Room for so many more entries; returns for how many there is in all. */
  reserve(entries: number): number {
    const frame = this.#frame;
    if (frame.timeUs.length < frame.length + entries) growEntries(frame, frame.length + entries);
    return frame.timeUs.length;
  }

  /** What the next rows belong to. */
  set(keyId: number, arrivalUs: number): void {
    this.#keyId = keyId;
    this.#arrivalUs = arrivalUs;
  }

  /** `cameUs`: when the row's event arrived. */
  append(
    { timeUs, cameUs }: { readonly timeUs: number; readonly cameUs: number },
    columns: readonly Column[],
    slot: number,
  ): void {
    const row = this.open({ timeUs, cameUs }, columns);
    for (let c = 0; c < columns.length; c++) copyValue(columns[c]!, slot, this.#columns[c]!, row);
  }

  /** Adds a row, whose values the caller writes to `columns`, which are like these: values and validity. Returns its place. */
  open({ timeUs, cameUs }: { readonly timeUs: number; readonly cameUs: number }, like: readonly Column[]): number {
    const row = this.#entry(timeUs, 1);
    this.#frame.cameUs![row] = cameUs;
    const frame = this.#frame;
    if (!frame.hasRows) this.#showColumns(like);
    for (let c = 0; c < like.length; c++) {
      const column = this.#columns[c]!;
      if (column.values.length <= row) growColumn(column, frame.timeUs.length);
    }
    return row;
  }

  /** Adds a row whose columns the caller gives the frame behind all of its entries. Returns its place. */
  row(timeUs: number, cameUs: number): number {
    const row = this.#entry(timeUs, 1);
    this.#frame.cameUs![row] = cameUs;
    this.#frame.hasRows = true;
    return row;
  }

  get columns(): readonly Column[] {
    return this.#columns;
  }

  /** An entry that only moves time. */
  advance(watermarkUs: number): void {
    this.#entry(watermarkUs, 0);
  }

  #entry(timeUs: number, isRow: 0 | 1): number {
    const frame = this.#frame;
    const i = frame.length++;
    if (frame.timeUs.length <= i) growEntries(frame, i + 1);
    frame.keyIds[i] = this.#keyId;
    frame.timeUs[i] = timeUs;
    frame.arrivalUs[i] = this.#arrivalUs;
    frame.rows![i] = isRow;
    return i;
  }

  #showColumns(like: readonly Column[]): void {
    while (this.#columns.length < like.length) this.#columns.push(emptyLike(like[this.#columns.length]));
    this.#frame.columns = this.#columns.slice();
    this.#frame.hasRows = true;
  }
}

function growEntries(frame: Frame, length: number): void {
  frame.timeUs = growFloat64(frame.timeUs, length);
  frame.watermarkUs = frame.timeUs;
  frame.arrivalUs = growFloat64(frame.arrivalUs, length);
  frame.cameUs = growFloat64(frame.cameUs!, length);
  frame.keyIds = growUint32(frame.keyIds, length);
  frame.rows = growUint8(frame.rows!, length);
}
