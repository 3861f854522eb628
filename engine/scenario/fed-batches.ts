import type { FieldValues, SourceNode } from '../../dsl/plan.ts';
import type { EventBatch, SymbolTable } from '../batch.ts';
import { BatchBuilder } from '../batch/batch-builder.ts';
import type { FedEvent } from './fed-events.ts';

/**
 * Makes batches of fed events. They take the way of every message, so ranges, defaults and types hold; but a feed's
 * values are in the field's own unit (MEANING.md 34), so nothing is scaled.
 */
export class FedBatches {
  readonly #builder: BatchBuilder;
  readonly #source: SourceNode;

  constructor(source: SourceNode, symbols: SymbolTable) {
    this.#source = { ...source, fields: source.fields.map(field => ({ ...field, scaling: [] })) };
    this.#builder = new BatchBuilder(this.#source, symbols);
  }

  get size(): number {
    return this.#builder.size;
  }

  add({ timeUs, arrivalUs, values }: FedEvent): void {
    const { fields, time } = this.#source;
    this.#builder.arrivalUs = arrivalUs;
    for (let slot = 0; slot < fields.length; slot++) this.#set(slot, values, fields[slot]!.name);
    if (time !== null) this.#builder.setInstant(fields.length, timeUs);
    if (!this.#builder.commit()) this.#builder.refuse({ raw: JSON.stringify(values) });
  }

  take(): EventBatch {
    return this.#builder.build();
  }

  #set(slot: number, values: FieldValues, name: string): void {
    if (Object.hasOwn(values, name)) this.#builder.setValue(slot, values[name]);
    else this.#builder.setMissing(slot);
  }
}
