import type { SourceNode } from '../../dsl/plan.ts';
import { type Column, type EventBatch, neededFields } from '../batch.ts';
import { gatherColumn, sliceColumn } from '../state/columns.ts';
import { gatherFloat64 } from '../state/gather.ts';
import { growUint8 } from '../state/growable.ts';
import type { RowRange } from '../state/row-hash.ts';
import type { RowColumns, RowShape } from './row-batch.ts';

/**
 * The raw series of a source: each event that has a key and repeats nothing, as it came, with its arrival, whether it was
 * late, and its identity. Of one batch at a time: `start`, then what is late and what is left out, then `take`.
 */
export class RawRows {
  readonly shape: RowShape;
  readonly #stream: string;
  readonly #key: readonly number[]; // columns of a batch
  readonly #own: readonly number[];
  readonly #identity: readonly number[];
  #isLate = new Uint8Array(0); // by event
  #isLeftOut = new Uint8Array(0);
  #hasLeftOut = false;

  constructor(stream: string, node: SourceNode) {
    const fields = neededFields(node);
    const isIdentity = (field: SourceNode['fields'][number]) => field.from.kind === 'identity';
    const columnsOf = (isMeant: (field: SourceNode['fields'][number]) => boolean) =>
      fields.flatMap((field, column) => (isMeant(field) ? [column] : []));
    this.#stream = stream;
    this.#key = node.key.map(name => fields.findIndex(field => field.name === name));
    this.#own = columnsOf(field => !isIdentity(field) && !node.key.includes(field.name));
    this.#identity = columnsOf(isIdentity);
    const own = this.#own.map(column => fields[column]!);
    this.shape = { key: this.#key.map(column => fields[column]!), fields: own };
  }

  start(length: number): void {
    this.#isLate = growUint8(this.#isLate, length).fill(0, 0, length);
    this.#isLeftOut = growUint8(this.#isLeftOut, length).fill(0, 0, length);
    this.#hasLeftOut = false;
  }

  late(i: number): void {
    this.#isLate[i] = 1;
  }

  leaveOut(i: number): void {
    this.#isLeftOut[i] = 1;
    this.#hasLeftOut = true;
  }

  /** Of events start … end−1, all but those at these places are left out. */
  keepOnly(places: Uint32Array, { start, end }: RowRange): void {
    this.#isLeftOut.fill(1, start, end);
    for (let i = 0; i < places.length; i++) this.#isLeftOut[places[i]!] = 0;
    this.#hasLeftOut = true;
  }

  /** The batch's first `length` events, with these arrivals. They share its columns, which nobody changes any more. */
  take({ timeUs, columns }: EventBatch, arrivalUs: Float64Array, length: number): RowColumns {
    const rows = this.#hasLeftOut ? this.#kept(length) : undefined;
    const column = (place: number): Column => {
      const whole = columns[place]!;
      return rows === undefined ? sliceColumn(whole, 0, length) : gatherColumn(whole, rows, rows.length);
    };
    const late: Column = { type: 'bool', values: this.#isLate.slice(0, length), valid: undefined };
    const arrived: Column = { type: 'time', values: arrivalUs.slice(0, length), valid: undefined };
    const added =
      rows === undefined ? [arrived, late] : [arrived, late].map(each => gatherColumn(each, rows, rows.length));
    return {
      stream: this.#stream,
      length: rows?.length ?? length,
      timeUs: rows === undefined ? timeUs.slice(0, length) : gatherFloat64(timeUs, rows),
      key: this.#key.map(column),
      columns: this.#own.map(column),
      own: [...added, ...this.#identity.map(column)],
    };
  }

  #kept(length: number): Uint32Array {
    const rows = new Uint32Array(length);
    let count = 0;
    for (let i = 0; i < length; i++) if (this.#isLeftOut[i] === 0) rows[count++] = i;
    return rows.subarray(0, count);
  }
}
