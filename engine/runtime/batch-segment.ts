import { type Column, createColumn, type EventBatch } from '../batch.ts';
import type { Frame } from '../operator.ts';
import { copyValue, gatherColumn, sliceColumn } from '../state/columns.ts';
import { gatherFloat64, gatherUint32 } from '../state/gather.ts';

/** Entries start … end−1 of a batch, of the same columns; all of them rows. */
export function segmentOf(
  batch: EventBatch,
  arrivals: Float64Array,
  { keyIds, start, end }: { readonly keyIds: Uint32Array; readonly start: number; readonly end: number },
): Frame {
  const isWhole = start === 0 && end === batch.length;
  const timeUs = isWhole ? batch.timeUs : batch.timeUs.subarray(start, end);
  return {
    length: end - start,
    keyIds: isWhole ? keyIds : keyIds.subarray(start, end),
    timeUs,
    watermarkUs: timeUs,
    arrivalUs: isWhole ? arrivals : arrivals.subarray(start, end),
    rows: undefined,
    hasRows: true,
    columns: isWhole ? batch.columns.slice() : batch.columns.map(column => sliceColumn(column, start, end)),
  };
}

/** Entries one by one, each a frame: its arrays are used again for the next one. Benchmark: throughput/tumbling-by */
export class SingleEntries {
  readonly #keyIds = new Uint32Array(1);
  readonly #timeUs = new Float64Array(1);
  readonly #arrivalUs = new Float64Array(1);
  #columns: readonly SingleValue[] | undefined;

  at(batch: EventBatch, keyIds: Uint32Array, i: number): Frame {
    this.#columns ??= batch.columns.map(({ type }) => {
      return { column: createColumn(type, 1), valid: new Uint8Array(1) };
    });
    this.#keyIds[0] = keyIds[i]!;
    this.#timeUs[0] = batch.timeUs[i]!;
    this.#arrivalUs[0] = batch.arrivalUs[i]!;
    const columns: Column[] = [];
    for (let c = 0; c < this.#columns.length; c++) {
      const { column, valid } = this.#columns[c]!;
      const from = batch.columns[c]!;
      column.valid = from.valid === undefined ? undefined : valid;
      copyValue(from, i, column, 0);
      columns.push(column);
    }
    return {
      length: 1,
      keyIds: this.#keyIds,
      timeUs: this.#timeUs,
      watermarkUs: this.#timeUs,
      arrivalUs: this.#arrivalUs,
      rows: undefined,
      hasRows: true,
      columns,
    };
  }
}

type SingleValue = { readonly column: Column; readonly valid: Uint8Array };

/** The entries at these places of a batch, as a copy; all of them rows. */
export function entriesAt(batch: EventBatch, keyIds: Uint32Array, places: Uint32Array): Frame {
  const timeUs = gatherFloat64(batch.timeUs, places);
  return {
    length: places.length,
    keyIds: gatherUint32(keyIds, places),
    timeUs,
    watermarkUs: timeUs,
    arrivalUs: gatherFloat64(batch.arrivalUs, places),
    rows: undefined,
    hasRows: true,
    columns: batch.columns.map(column => gatherColumn(column, places, places.length)),
  };
}

/** Entries from `start` on. */
export function restOf(batch: EventBatch, start: number): EventBatch {
  return {
    ...batch,
    length: batch.length - start,
    timeUs: batch.timeUs.subarray(start, batch.length),
    arrivalUs: batch.arrivalUs.subarray(start, batch.length),
    columns: batch.columns.map(column => sliceColumn(column, start, batch.length)),
  };
}
