import type { Column } from '../batch.ts';
import type { Downstream, Frame } from '../operator.ts';
import { gatherColumn } from '../state/columns.ts';
import { growInt32 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { RowOutput } from '../state/row-output.ts';

/** The frame of rows that an operator makes of its input's: of the same keys, and written while that is read. */
export class DerivedRows {
  readonly #keys: KeyDictionary;
  readonly #downstream: Downstream;
  readonly #rows = new RowOutput();
  #keyId = 0;
  #arrivalUs = 0;
  #told = new Int32Array(0); // by key, the frame in which a row of it went on
  #frameNumber = 0;

  constructor({ keys, downstream }: { readonly keys: KeyDictionary; readonly downstream: Downstream }) {
    this.#keys = keys;
    this.#downstream = downstream;
  }

  start(): void {
    this.#rows.start();
    this.#frameNumber++;
  }

  /** What follows is of this entry of the input. */
  set(keyId: number, arrivalUs: number): void {
    this.#rows.set(keyId, arrivalUs);
    this.#keyId = keyId;
    this.#arrivalUs = arrivalUs;
  }

  /** Adds a row, whose values the caller writes to `columns`: see RowOutput. Returns its place. */
  open(timeUs: number, like: readonly Column[]): number {
    this.#told = growInt32(this.#told, this.#keys.size);
    this.#told[this.#keyId] = this.#frameNumber;
    return this.#rows.open({ timeUs, cameUs: this.#arrivalUs }, like);
  }

  /** Adds a row whose columns the caller gives the frame: see RowOutput. Returns its place. */
  row(timeUs: number): number {
    if (this.#told.length < this.#keys.size) this.#told = growInt32(this.#told, this.#keys.size);
    this.#told[this.#keyId] = this.#frameNumber;
    return this.#rows.row(timeUs, this.#arrivalUs);
  }

  /** The frame of the rows that is being written. */
  get frame(): Frame {
    return this.#rows.frame;
  }

  /** Of the rows, but for the key's. */
  get columns(): readonly Column[] {
    return this.#rows.columns;
  }

  /** Tells what is behind how far the entry's key has come, if anything waits for that; what a row brings about there is not known yet. */
  advance(watermarkUs: number): void {
    const { hasRekey, hasTimers } = this.#downstream;
    if (!hasRekey && !hasTimers) return;
    const hasRow = this.#told[this.#keyId] === this.#frameNumber;
    if (hasRekey || hasRow || this.#downstream.nextDueUs(this.#keyId) <= watermarkUs) this.#rows.advance(watermarkUs);
  }

  /** Undefined: nothing has come of the input's frame. */
  take(): Frame | undefined {
    const { frame } = this.#rows;
    if (frame.length === 0) return undefined;
    if (!frame.hasRows) return frame;
    const keyColumns = this.#keys.columns.map(column => gatherColumn(column, frame.keyIds, frame.length));
    frame.columns = [...keyColumns, ...frame.columns];
    return frame;
  }
}
