import type { SourceNode } from '../../dsl/plan.ts';
import { type EventBatch, neededFields } from '../batch.ts';
import { gatherColumn } from '../state/columns.ts';
import { gatherFloat64 } from '../state/gather.ts';
import type { KeyShares } from '../state/key-share.ts';

/** Of a source's batches, the events whose keys are of the share that runs here. */
export class OwnEvents {
  readonly #shares: KeyShares;
  readonly #keyColumns: readonly number[];

  constructor(source: SourceNode, shares: KeyShares) {
    const fields = neededFields(source);
    this.#shares = shares;
    this.#keyColumns = source.key.map(name => fields.findIndex(field => field.name === name));
  }

  /** In their order. */
  of(batch: EventBatch): EventBatch {
    const keys = this.#keyColumns.map(column => batch.columns[column]!);
    const places = new Uint32Array(batch.length);
    let count = 0;
    for (let i = 0; i < batch.length; i++) if (this.#shares.isOwn(keys, i)) places[count++] = i;
    if (count === batch.length) return batch;
    const own = places.subarray(0, count);
    return {
      ...batch,
      length: count,
      timeUs: gatherFloat64(batch.timeUs, own),
      arrivalUs: gatherFloat64(batch.arrivalUs, own),
      columns: batch.columns.map(column => gatherColumn(column, own, count)),
    };
  }
}
