import type { Plan, SideNode, SourceNode } from '../../../dsl/plan.ts';
import {
  type Column,
  createColumn,
  type EventBatch,
  type PackedTexts,
  type Rejection,
  type SymbolTable,
} from '../../batch.ts';
import { KeyPartitions } from '../../state/key-partition.ts';
import type { KeyShares } from '../../state/key-share.ts';
import { type KeyColumns, keysHeard, type KeysHeard } from '../keys-heard.ts';
import { OwnEvents } from '../own-events.ts';
import { RejectedEvents } from '../rejected-events.ts';
import { sideSource } from '../side-source.ts';
import { Exchange, KnownSymbols, type Share } from './exchange.ts';
import { literalTexts } from './plan-literals.ts';
import { laneOwner } from './partition-owner.ts';
import { slicePlan } from './plan-slices.ts';
import { markColumn, type SymbolUse } from '../checkpoint/symbol-use.ts';
import { buffersOf } from './transferred-buffers.ts';
import type { InputEntry } from '../../recorded-input.ts';
import type { EntriesMessage, RoundMessage } from './worker-protocol.ts';

/** Everything of one source up to an instant of its arrival clock. `batch` is given away. */
export type Round = Pick<RoundMessage, 'stream' | 'arrivalUs' | 'end'> & {
  readonly batch: EventBatch | null;
  /** Of messages that came with the batch and are no events, in order of arrival. */
  readonly rejected?: readonly Rejection[];
  /** When the source's first message arrived. */
  readonly firstUs?: number;
};

/** What a worker is told of a round; the memory in `transfer` moves with it. */
export type AddressedRound = { readonly message: RoundMessage; readonly transfer: readonly ArrayBuffer[] };

/**
 * What each worker is told: at its start, the symbols that are there already; of each round, the events that it needs, and
 * the symbols in them that are new to it. One for all sources of a job, as symbols are told once.
 */
export class RoundExchange {
  /** What rules and entries of recorded inputs compare with. */
  readonly literals: PackedTexts;
  /** What else is known at the start. */
  readonly symbols: PackedTexts;
  readonly #symbols: SymbolTable;
  readonly #watchedKeys: ReadonlyMap<string, KeyColumns>;
  readonly #ruleIds: readonly number[];
  readonly #known: readonly KnownSymbols[]; // by worker
  readonly #partitions: KeyPartitions;
  readonly #shares: KeyShares | null;
  readonly #exchanges: ReadonlyMap<string, Exchange>; // by source, or side of one
  readonly #rejected: ReadonlyMap<string, RejectedSide>; // by source
  #freed: readonly number[] = []; // since the last round
  /** Of the symbols that may be freed: those that came by since. */
  #isUsed: SymbolUse | undefined;

  constructor(options: {
    readonly plan: Plan;
    readonly workerCount: number;
    readonly symbols: SymbolTable;
    /** Whether workers take over state, and with it any symbol. */
    readonly isRestored: boolean;
    /** Of recorded inputs, that workers are given at their start. */
    readonly entries: readonly InputEntry[];
    /** Whose keys are handed out; null: all. Of sources it is the reader that leaves others out. */
    readonly shares?: KeyShares | null;
  }) {
    const { plan, workerCount, symbols, isRestored, entries, shares = null } = options;
    const ruleIds = literalTexts(plan).map(text => symbols.idOf(text));
    this.#ruleIds = ruleIds;
    this.literals = symbols.pack([...new Set([...ruleIds, ...idsOf(entries, symbols)])]);
    this.symbols = symbols.pack(isRestored ? symbols.ids() : []);
    this.#symbols = symbols;
    this.#watchedKeys = watchedKeys(plan);
    this.#known = Array.from({ length: workerCount }, () => new KnownSymbols());
    for (const ofWorker of this.#known) for (const { ids } of [this.literals, this.symbols]) ofWorker.add(ids);
    this.#partitions = new KeyPartitions(symbols);
    this.#shares = shares;
    this.#rejected = new Map(
      plan.nodes.flatMap(node =>
        isRejected(node) ? [[node.input, rejectedSide(plan, node, { symbols, shares })] as const] : [],
      ),
    );
    this.#exchanges = createExchanges({ plan, symbols, known: this.#known, partitions: this.#partitions });
  }

  /** From now on it is noted which of the symbols so far come by; what workers have before is theirs to say. */
  watchSymbols(): void {
    this.#isUsed = new Uint8Array(this.#symbols.size);
  }

  /**
   * Frees the watched symbols that nothing refers to: `inState` says it of the workers, `held` of what is read ahead, and
   * `entries` are those of recorded inputs that are kept.
   */
  freeSymbols(inState: readonly SymbolUse[], held: readonly Column[], entries: readonly InputEntry[]): void {
    const isUsed = this.#isUsed!;
    this.#isUsed = undefined;
    for (const column of held) markColumn(isUsed, column, column.values.length);
    for (const id of this.#ruleIds) isUsed[id] = 1;
    for (const id of idsOf(entries, this.#symbols)) if (id < isUsed.length) isUsed[id] = 1;
    const freed: number[] = [];
    for (let id = 0; id < isUsed.length; id++) {
      if (isUsed[id] === 0 && inState.every(used => used[id] === 0) && this.#symbols.has(id)) freed.push(id);
    }
    this.#symbols.free(freed);
    this.#partitions.forget(freed);
    this.#shares?.forget(freed);
    for (const ofWorker of this.#known) ofWorker.forget(freed);
    this.#freed = [...this.#freed, ...freed];
  }

  #heard(stream: string, input: { readonly rejected: readonly Rejection[]; readonly nowUs: number }): KeysHeard | null {
    const key = this.#watchedKeys.get(stream);
    if (key === undefined || input.rejected.length === 0 || input.nowUs === -Infinity) return null;
    const heard = keysHeard(key, input, this.#symbols);
    const isUsed = this.#isUsed;
    if (isUsed !== undefined) heard.columns.forEach(column => markColumn(isUsed, column, heard.arrivalUs.length));
    return heard;
  }

  /** By worker. */
  addressEntries(entries: readonly InputEntry[]): EntriesMessage[] {
    const ids = idsOf(entries, this.#symbols);
    for (const id of ids) if (this.#isUsed !== undefined && id < this.#isUsed.length) this.#isUsed[id] = 1;
    const freed = this.#freed;
    this.#freed = [];
    return this.#known.map(known => {
      const symbols = this.#symbols.pack(known.takeIds(ids));
      return { kind: 'entries', entries, freed, symbols, literals: ids };
    });
  }

  /** Some are free that workers have not been told of. */
  get hasFreed(): boolean {
    return this.#freed.length > 0;
  }

  /** The symbols of these columns that are new to a worker; what is free it has been told. */
  newSymbols(worker: number, columns: readonly Column[], length: number): PackedTexts | null {
    const isUsed = this.#isUsed;
    if (isUsed !== undefined) for (const column of columns) markColumn(isUsed, column, length);
    return this.#known[worker]!.take(columns, length, this.#symbols);
  }

  /** By worker. Rounds are numbered by the caller, from 0. */
  address(
    round: number,
    { stream, batch, rejected = [], arrivalUs, firstUs = Infinity, end }: Round,
  ): AddressedRound[] {
    const shares = batch === null ? undefined : this.#split(stream, batch);
    const side = rejected.length === 0 ? undefined : this.#rejected.get(stream);
    const rejectedShares = side === undefined ? undefined : this.#split(side.id, side.take(rejected));
    const heard = this.#heard(stream, { rejected, nowUs: arrivalUs });
    const freed = this.#freed;
    this.#freed = [];
    return this.#known.map((known, worker) => {
      const { own, whole, symbols } = shares?.[worker] ?? NOTHING;
      const ofSide = rejectedShares?.[worker] ?? NOTHING;
      const ofHeard = heard === null ? null : known.take(heard.columns, heard.arrivalUs.length, this.#symbols);
      return {
        message: {
          kind: 'round',
          round,
          stream,
          own,
          whole,
          rejected: side === undefined ? null : { side: side.id, own: ofSide.own, whole: ofSide.whole },
          heard,
          arrivalUs,
          firstUs,
          end,
          freed,
          symbols: [symbols, ofSide.symbols, ofHeard].filter(texts => texts !== null),
        },
        transfer: buffersOf([own, whole, ofSide.own, ofSide.whole].filter(part => part !== null && part !== 'own')),
      };
    });
  }

  #split(stream: string, batch: EventBatch): Share[] {
    const isUsed = this.#isUsed;
    if (isUsed !== undefined) batch.columns.forEach(column => markColumn(isUsed, column, batch.length));
    return this.#exchanges.get(stream)!.split(batch);
  }
}

/** The key's fields, as columns, of sources whose silence is watched. */
function watchedKeys(plan: Plan): ReadonlyMap<string, KeyColumns> {
  const watched = new Set(plan.nodes.flatMap(node => (node.kind === 'silence' ? [node.input] : [])));
  const sources = plan.nodes.filter(node => node.kind === 'source' && watched.has(node.id)) as SourceNode[]; // as: by its kind
  return new Map(
    sources.map(({ id, key, fields }) => {
      const typeOf = (name: string) => fields.find(field => field.name === name)!.type;
      return [id, { fields: key, columns: key.map(name => createColumn(typeOf(name), 0)) }];
    }),
  );
}

function idsOf(entries: readonly InputEntry[], symbols: SymbolTable): number[] {
  const texts = new Set(entries.flatMap(entry => entry.texts));
  return [...texts].map(text => symbols.idOf(text));
}

function createExchanges(options: {
  readonly plan: Plan;
  readonly symbols: SymbolTable;
  readonly known: readonly KnownSymbols[];
  readonly partitions: KeyPartitions;
}): ReadonlyMap<string, Exchange> {
  const { plan, symbols, known, partitions } = options;
  const { keyed, lanes } = slicePlan(plan);
  const exchanges = plan.nodes.flatMap(node => {
    if (node.kind !== 'source' && !isRejected(node)) return [];
    const source = node.kind === 'source' ? node : sourceOf(plan, node);
    const lane = lanes.findIndex(({ sources }) => sources.includes(source.id));
    const isInLane = lanes[lane]?.plan.nodes.some(({ id }) => id === node.id) === true;
    const exchange = new Exchange({
      source: node.kind === 'source' ? node : sideSource(node, source),
      symbols,
      partitions,
      known,
      isKeyed: keyed.nodes.some(({ id }) => id === node.id),
      lane: isInLane ? laneOwner(lane, known.length) : null,
    });
    return [[node.id, exchange] as const];
  });
  return new Map(exchanges);
}

/** Late events are found where the source's events are handled; what is rejected is known before. */
function isRejected(node: Plan['nodes'][number]): node is SideNode {
  return node.kind === 'side' && node.side === 'rejected';
}

type RejectedSide = { readonly id: string; readonly take: (rejections: readonly Rejection[]) => EventBatch };

function rejectedSide(
  plan: Plan,
  node: SideNode,
  { symbols, shares }: { readonly symbols: SymbolTable; readonly shares: KeyShares | null },
): RejectedSide {
  const events = new RejectedEvents(node, symbols);
  if (shares === null) return { id: node.id, take: rejections => events.take(rejections) };
  const own = new OwnEvents(sideSource(node, sourceOf(plan, node)), shares);
  return { id: node.id, take: rejections => own.of(events.take(rejections)) };
}

function sourceOf(plan: Plan, { input }: SideNode): SourceNode {
  return plan.nodes.find(({ id }) => id === input) as SourceNode; // as: the plan is valid
}

const NOTHING: Share = { own: null, whole: null, symbols: null };
