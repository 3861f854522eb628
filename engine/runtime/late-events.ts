import type { Field, SideNode } from '../../dsl/plan.ts';
import type { Column, EventBatch } from '../batch.ts';
import { gatherColumn } from '../state/columns.ts';
import { gatherFloat64 } from '../state/gather.ts';

/** Late events of a source as events of their own, at the time of their arrival. */
export class LateEvents {
  readonly #stream: string;
  readonly #columns: readonly number[]; // of the source's batch, by field; −1: the event's time

  /** `sourceFields` are those of the source's batches. */
  constructor({ id, fields }: SideNode, sourceFields: readonly Field[]) {
    this.#stream = id;
    this.#columns = fields.map(({ name }) => sourceFields.findIndex(field => field.name === name));
  }

  /** The events at these places of a batch. */
  take({ timeUs, arrivalUs, columns }: EventBatch, places: readonly number[]): EventBatch {
    const rows = Uint32Array.from(places);
    const arrivals = gatherFloat64(arrivalUs, rows);
    const times: Column = { type: 'time', values: gatherFloat64(timeUs, rows), valid: undefined };
    return {
      stream: this.#stream,
      length: rows.length,
      timeUs: arrivals,
      arrivalUs: arrivals.slice(),
      columns: this.#columns.map(place => (place < 0 ? times : gatherColumn(columns[place]!, rows, rows.length))),
      rejected: [],
    };
  }
}
