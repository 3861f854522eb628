import type { Plan } from '../../dsl/plan.ts';
import type { EventBatch, SymbolTable } from '../batch.ts';
import { KeyPartitions } from '../state/key-partition.ts';
import { Exchange, KnownSymbols } from './exchange.ts';
import { literalTexts } from './plan-literals.ts';
import { slicePlan } from './plan-slices.ts';
import { buffersOf } from './transferred-buffers.ts';
import type { NewSymbols, RoundMessage } from './worker-protocol.ts';

/** Everything of one source up to an instant of its arrival clock. `batch` is given away. */
export type Round = Pick<RoundMessage, 'stream' | 'arrivalUs' | 'end'> & { readonly batch: EventBatch | null };

/** What a worker is told of a round; the memory in `transfer` moves with it. */
export type AddressedRound = { readonly message: RoundMessage; readonly transfer: readonly ArrayBuffer[] };

/**
 * What each worker is told: at its start, the symbols that are there already; of each round, the events that it needs, and
 * the symbols in them that are new to it. One for all sources of a job, as symbols are told once.
 */
export class RoundExchange {
  /** What rules compare with. */
  readonly literals: NewSymbols;
  /** What else is known at the start. */
  readonly symbols: NewSymbols;
  readonly #workerCount: number;
  readonly #exchanges: ReadonlyMap<string, Exchange>; // by source

  constructor(options: {
    readonly plan: Plan;
    readonly workerCount: number;
    readonly symbols: SymbolTable;
    /** Whether workers take over state, and with it any symbol. */
    readonly isRestored: boolean;
  }) {
    const { plan, workerCount, symbols, isRestored } = options;
    const literalIds = literalTexts(plan).map(text => symbols.idOf(text));
    this.literals = symbolsOf(symbols, literalIds);
    this.symbols = isRestored ? symbolsOf(symbols, symbols.texts.keys()) : NO_SYMBOLS;
    this.#workerCount = workerCount;
    const known = Array.from({ length: workerCount }, () => new KnownSymbols());
    for (const ofWorker of known) ofWorker.add([...this.literals.ids, ...this.symbols.ids]);
    this.#exchanges = createExchanges({ plan, symbols, known });
  }

  /** By worker. Rounds are numbered by the caller, from 0. */
  address(round: number, { stream, batch, arrivalUs, end }: Round): AddressedRound[] {
    const shares = batch === null ? undefined : this.#exchanges.get(stream)!.split(batch);
    return Array.from({ length: this.#workerCount }, (_, worker) => {
      const { own = null, whole = null, symbols = NO_SYMBOLS } = shares?.[worker] ?? {};
      return {
        message: { kind: 'round', round, stream, own, whole, arrivalUs, end, symbols },
        transfer: buffersOf([own, whole].filter(columns => columns !== null && columns !== 'own')),
      };
    });
  }
}

function createExchanges(options: {
  readonly plan: Plan;
  readonly symbols: SymbolTable;
  readonly known: readonly KnownSymbols[];
}): ReadonlyMap<string, Exchange> {
  const { plan, symbols, known } = options;
  const { keyed, lanes } = slicePlan(plan);
  const partitions = new KeyPartitions(symbols);
  const laneSources = [...lanes.keys()];
  const exchanges = plan.nodes.flatMap(source => {
    if (source.kind !== 'source') return [];
    const lane = laneSources.indexOf(source.id);
    const exchange = new Exchange({
      source,
      symbols,
      partitions,
      known,
      isKeyed: keyed.nodes.some(node => node.id === source.id),
      lane: lane < 0 ? null : lane % known.length,
    });
    return [[source.id, exchange] as const];
  });
  return new Map(exchanges);
}

const NO_SYMBOLS: NewSymbols = { ids: [], texts: [] };

function symbolsOf(symbols: SymbolTable, ids: Iterable<number>): NewSymbols {
  const list = [...ids];
  return { ids: list, texts: list.map(id => symbols.textOf(id)) };
}
