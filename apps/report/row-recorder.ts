import type { Scalar } from '../../engine/batch.ts';
import type { RowBatch } from '../../engine/connector.ts';
import { keyText } from './key-text.ts';
import { pendingRows, type PendingRows } from './pending-rows.ts';
import { type KeyTrace, TracePool } from './trace-pool.ts';

/**
 * Rows wait until so many came behind them, since an alert is heard of after the rows that decide it: what is around it is kept
 * in full (Trace).
 */
const MOST_PENDING_ROWS = 262_144;

/** Where something happened: in the streams of a key. */
export type Moment = {
  readonly streams: readonly string[];
  readonly key: Readonly<Record<string, Scalar>>;
  readonly timeUs: number;
};

/** Keeps the rows of streams that are drawn, by key, thinned. `settle` comes before what is kept is looked at. */
export class RowRecorder {
  readonly pool = new TracePool();
  readonly #fieldCounts: ReadonlyMap<string, number>; // by stream
  readonly #pending: PendingRows<KeyTrace | null>[] = [];
  #pendingRows = 0;
  #rowCount = 0;
  #fromUs = Infinity;
  #toUs = -Infinity;

  constructor(fieldCounts: ReadonlyMap<string, number>) {
    this.#fieldCounts = fieldCounts;
  }

  /** Rows that were heard. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Of all that was seen; null: nothing was. */
  get stretch(): { readonly fromUs: number; readonly toUs: number } | null {
    return this.#toUs === -Infinity ? null : { fromUs: this.#fromUs, toUs: this.#toUs };
  }

  /** False: the rows are none of those that are drawn. */
  hearRows(batch: RowBatch): boolean {
    const { stream } = batch;
    const fieldCount = this.#fieldCounts.get(stream);
    if (fieldCount === undefined) return false;
    this.#rowCount += batch.length;
    this.#pending.push(...pendingRows(batch, key => this.pool.take({ stream, ...key }, fieldCount)));
    this.#pendingRows += batch.length;
    while (this.#pendingRows > MOST_PENDING_ROWS) this.#takeOldest();
    return true;
  }

  /** What is around it is to be seen in full: of rows that have come, and of those that will. */
  keepAround({ streams, key, timeUs }: Moment): void {
    const of = { keyText: keyText(key), key: () => key };
    for (const stream of streams) this.pool.keepAround({ stream, ...of }, this.#fieldCounts.get(stream)!, timeUs);
  }

  see(timeUs: number): void {
    if (timeUs < this.#fromUs) this.#fromUs = timeUs;
    if (timeUs > this.#toUs) this.#toUs = timeUs;
  }

  settle(): void {
    while (this.#pending.length > 0) this.#takeOldest();
  }

  #takeOldest(): void {
    const { length, timeUs, keys, columns } = this.#pending.shift()!;
    this.#pendingRows -= length;
    for (let row = 0; row < length; row++) {
      const key = keys[row]!;
      this.see(timeUs[row]!);
      if (key !== null) this.pool.add(key, timeUs[row]!, field => columns[field]![row]!);
    }
  }
}
