import type { Plan } from '../../dsl/plan.ts';
import type { OwnFunctions } from '../functions/own-functions.ts';
import type { PackedTexts } from '../batch.ts';
import { PartitionHost } from '../runtime/workers/partition-host.ts';
import type { AddressedRound } from '../runtime/workers/round-exchange.ts';
import type { RowShape } from '../runtime/row-batch.ts';
import { SymbolReplica } from '../runtime/workers/symbol-replica.ts';
import { buffersOf } from '../runtime/workers/transferred-buffers.ts';
import type { PartContent } from '../runtime/checkpoint/part-content.ts';
import type { InputEntry } from '../recorded-input.ts';
import type { DoneMessage, EntriesMessage, KeptNode } from '../runtime/workers/worker-protocol.ts';

export type LocalWorkerOptions = {
  readonly workerIndex: number;
  readonly workerCount: number;
  readonly plan: Plan;
  readonly rowStreams: readonly string[];
  readonly functions?: OwnFunctions | undefined;
  readonly literals: PackedTexts;
  readonly symbols: PackedTexts;
  /** As of WorkersOptions. */
  readonly entries: readonly InputEntry[];
  /** Parts to go on from, oldest first, which are only read; null: it starts empty. */
  readonly restored: {
    readonly parts: readonly PartContent[];
    readonly kept: Readonly<Record<string, KeptNode>>;
  } | null;
};

/**
 * A worker on the calling thread that answers at once. What rounds and parts hold is copied or moved, as between threads,
 * so that nothing is shared by accident.
 */
export class LocalWorker {
  readonly #symbols = new SymbolReplica();
  readonly #host: PartitionHost;

  constructor(options: LocalWorkerOptions) {
    const { literals, symbols, restored, entries, ...host } = options;
    this.#symbols.add(literals);
    this.#symbols.addLiterals(literals.ids);
    this.#symbols.add(symbols);
    this.#host = new PartitionHost({ ...host, symbols: this.#symbols });
    if (restored !== null) {
      const { parts, kept } = restored;
      this.#host.restore(parts, id => (Object.hasOwn(kept, id) ? kept[id]! : null));
    }
    this.#host.hear(structuredClone(entries));
  }

  get shapes(): Readonly<Record<string, RowShape>> {
    return this.#host.shapes;
  }

  reachedEvents(): ReadonlyMap<string, number> {
    return this.#host.reachedEvents();
  }

  hear(message: EntriesMessage): void {
    const { entries, symbols, literals } = structuredClone(message);
    this.#symbols.add(symbols);
    this.#symbols.addLiterals(literals);
    this.#host.hear(entries);
  }

  handle({ message, transfer }: AddressedRound): DoneMessage {
    const round = structuredClone(message, { transfer: [...transfer] });
    for (const texts of round.symbols) this.#symbols.add(texts);
    const done = this.#host.handle(round);
    return structuredClone(done, { transfer: buffersOf(done.rows) });
  }

  takePart(extent: 'all' | 'changed'): PartContent {
    return structuredClone(this.#host.takePart(extent));
  }
}
