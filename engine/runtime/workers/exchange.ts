import type { SourceNode } from '../../../dsl/plan.ts';
import { type Column, type EventBatch, neededFields, type PackedTexts, type SymbolTable } from '../../batch.ts';
import { gatherColumn } from '../../state/columns.ts';
import { gatherFloat64 } from '../../state/gather.ts';
import { growUint8 } from '../../state/growable.ts';
import { KeyPartitions, PARTITION_COUNT } from '../../state/key-partition.ts';
import { ownerOf } from './partition-owner.ts';
import type { BatchColumns } from './worker-protocol.ts';

/** What one worker is given of a batch, and the symbols in it that are new to it. */
export type Share = {
  readonly own: BatchColumns | null;
  readonly whole: BatchColumns | 'own' | null;
  readonly symbols: PackedTexts | null;
};

/**
 * Splits the batches of a source by key: each worker gets the events of the partitions that it owns, in their order, and
 * the worker of the source's lane gets all. Symbols keep their ids; a worker is told the texts that it has not seen.
 *
 * Cost: about 3 ns an event and column for two workers or more; nothing is copied for one (benchmark: workers).
 */
export class Exchange {
  readonly #workerCount: number;
  readonly #symbols: SymbolTable;
  readonly #keyColumns: readonly number[];
  readonly #isKeyed: boolean;
  readonly #lane: number | null;
  readonly #partitions: KeyPartitions;
  readonly #known: readonly KnownSymbols[]; // by worker
  readonly #owners: Uint8Array; // by partition
  #owner = new Uint8Array(0); // by event

  constructor(options: {
    readonly source: SourceNode;
    readonly symbols: SymbolTable;
    readonly partitions: KeyPartitions;
    readonly known: readonly KnownSymbols[];
    /** Whether workers need the events of their own keys. */
    readonly isKeyed: boolean;
    /** The worker that runs the source's lane; null: it has none. */
    readonly lane: number | null;
  }) {
    const fields = neededFields(options.source);
    this.#workerCount = options.known.length;
    this.#symbols = options.symbols;
    this.#keyColumns = options.source.key.map(name => fields.findIndex(field => field.name === name));
    this.#isKeyed = options.isKeyed;
    this.#lane = options.lane;
    this.#partitions = options.partitions;
    this.#known = options.known;
    this.#owners = Uint8Array.from({ length: PARTITION_COUNT }, (_, partition) =>
      ownerOf(partition, this.#workerCount),
    );
  }

  /** By worker. The batch is given away. */
  split(batch: EventBatch): Share[] {
    const shares = this.#workerCount === 1 ? [batch] : this.#ownShares(batch);
    return shares.map((own, worker) => {
      const isLane = worker === this.#lane;
      const isWholeOwn = isLane && own?.length === batch.length && this.#isKeyed;
      const whole = isLane && !isWholeOwn ? batch : null;
      const kept = this.#isKeyed ? own : null;
      const symbols = this.#known[worker]!.take(
        [...(kept?.columns ?? []), ...(whole?.columns ?? [])],
        batch.length,
        this.#symbols,
      );
      return { own: kept, whole: isWholeOwn ? 'own' : whole, symbols };
    });
  }

  #ownShares(batch: EventBatch): (BatchColumns | null)[] {
    if (!this.#isKeyed) return new Array(this.#workerCount).fill(null);
    const { length } = batch;
    const counts = this.#writeOwners(batch);
    const rows = Array.from(counts, count => new Uint32Array(count));
    writeRows(this.#owner, length, rows);
    return rows.map((own): BatchColumns | null => {
      if (own.length === 0) return null;
      return {
        length: own.length,
        timeUs: gatherFloat64(batch.timeUs, own),
        arrivalUs: gatherFloat64(batch.arrivalUs, own),
        columns: batch.columns.map(column => gatherColumn(column, own, own.length)),
      };
    });
  }

  /** Writes each event's worker; returns how many each has. */
  #writeOwners(batch: EventBatch): Uint32Array {
    const { length } = batch;
    this.#owner = growUint8(this.#owner, length);
    const owner = this.#owner;
    const keys = this.#keyColumns.map(c => batch.columns[c]!);
    this.#partitions.write(keys, length, owner);
    const counts = new Uint32Array(this.#workerCount);
    const owners = this.#owners;
    for (let i = 0; i < length; i++) {
      const worker = owners[owner[i]!]!;
      owner[i] = worker;
      counts[worker]!++;
    }
    return counts;
  }
}

/** Which symbols a worker has been told. */
export class KnownSymbols {
  #isKnown = new Uint8Array(0);

  /** The worker has these already. */
  add(ids: Iterable<number>): void {
    for (const id of ids) {
      this.#isKnown = growUint8(this.#isKnown, id + 1);
      this.#isKnown[id] = 1;
    }
  }

  /** The worker is told that these are free. */
  forget(ids: readonly number[]): void {
    for (const id of ids) if (id < this.#isKnown.length) this.#isKnown[id] = 0;
  }

  /** Those of these symbols that are new; they count as told from then on. */
  takeIds(ids: readonly number[]): number[] {
    const unknown = ids.filter(id => this.#isKnown[id] !== 1);
    this.add(unknown);
    return unknown;
  }

  /** Those of the columns' symbols that are new; they count as told from then on. */
  take(columns: readonly Column[], maxLength: number, symbols: SymbolTable): PackedTexts | null {
    this.#isKnown = growUint8(this.#isKnown, symbols.size);
    const ids: number[] = [];
    for (const column of columns) {
      if (column.type !== 'symbol') continue;
      let row = 0;
      const length = Math.min(column.values.length, maxLength);
      while ((row = nextUnknown(this.#isKnown, column.values, row, length)) < length) {
        const id = column.values[row++]!;
        if (id >= symbols.size) continue; // garbage of a null
        this.#isKnown[id] = 1;
        ids.push(id);
      }
    }
    return ids.length === 0 ? null : symbols.pack(ids);
  }
}

/** A loop with no call in it, as most symbols are known. benchmark: workers */
function nextUnknown(isKnown: Uint8Array, ids: Uint32Array, row: number, length: number): number {
  for (; row < length; row++) if (isKnown[ids[row]!] !== 1) break;
  return row;
}

function writeRows(owner: Uint8Array, length: number, rows: readonly Uint32Array[]): void {
  const next = new Uint32Array(rows.length);
  for (let i = 0; i < length; i++) {
    const worker = owner[i]!;
    rows[worker]![next[worker]!++] = i;
  }
}
