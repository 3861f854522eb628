import type { Plan } from '../../dsl/plan.ts';
import { type EventBatch, type PackedTexts, type Rejection, SymbolTable } from '../batch.ts';
import type { ArrivalClock } from '../connector.ts';
import type { EngineCounters, EngineOptions } from '../engine.ts';
import type { OwnFunctions } from '../functions/own-functions.ts';
import type { Snapshot } from '../operator.ts';
import type { InputEntry } from '../recorded-input.ts';
import { type ArrivalGate, gateOf } from '../runtime/arrival-gate.ts';
import { type Round, RoundExchange } from '../runtime/workers/round-exchange.ts';
import { refusedEvents } from '../runtime/workers/rejection-order.ts';
import { type RoundDone, RoundOrder } from '../runtime/workers/round-output.ts';
import { keptNodesOf } from '../runtime/checkpoint/stored-state.ts';
import { SymbolLog } from '../runtime/checkpoint/symbol-log.ts';
import type { PartContent } from '../runtime/checkpoint/part-content.ts';
import { matchState } from '../state-identity.ts';
import { LocalWorker } from './local-worker.ts';

export type EngineListeners = Pick<EngineOptions, 'onRows' | 'onAlert' | 'onRejected'>;

export type PartitionedOptions = EngineListeners & {
  readonly plan: Plan;
  readonly workerCount: number;
  readonly rowStreams: readonly string[];
  /** Of all sources. */
  readonly arrivalClock: ArrivalClock;
  /** That rules may call beside those of the language. */
  readonly functions?: OwnFunctions | undefined;
  /** Go on from here, whatever number of workers wrote it. */
  readonly checkpoint?: PartitionedCheckpoint;
};

/** A checkpoint as a disk would hold it: its chain of parts, oldest first, and what the main thread knows. */
export type PartitionedCheckpoint = {
  readonly parts: readonly PartContent[];
  readonly symbols: readonly PackedTexts[];
  readonly gates: Readonly<Record<string, Snapshot>>;
  readonly entries: readonly InputEntry[];
  readonly counters: EngineCounters;
};

/**
 * A plan on several workers, as a job runs it, but on one thread and without waiting: arrival gates, exchange, one
 * engine a worker, one order of what they give, and checkpoints as chains of parts. All calls are synchronous, as those
 * of Engine; the results of each key are the same.
 */
export class PartitionedEngine {
  readonly symbols: SymbolTable;
  readonly #options: PartitionedOptions;
  readonly #gates: ReadonlyMap<string, ArrivalGate>;
  readonly #exchange: RoundExchange;
  readonly #workers: readonly LocalWorker[];
  readonly #order: RoundOrder;
  readonly #symbolLog: SymbolLog;
  readonly #before: EngineCounters;
  #entries: readonly InputEntry[]; // of recorded inputs: all that were heard
  #parts: PartContent[] = [];
  #symbolParts: PackedTexts[] = [];
  #counters: EngineCounters;
  #rounds = 0;

  constructor(options: PartitionedOptions) {
    const { plan, workerCount, checkpoint } = options;
    this.#options = options;
    this.symbols = SymbolTable.restore(checkpoint?.symbols ?? []);
    this.#symbolLog = new SymbolLog(this.symbols);
    this.#before = checkpoint?.counters ?? NO_COUNTERS;
    this.#counters = this.#before;
    this.#gates = this.#createGates();
    const isRestored = checkpoint !== undefined;
    this.#entries = checkpoint?.entries ?? [];
    const entries = this.#entries;
    this.#exchange = new RoundExchange({ plan, workerCount, symbols: this.symbols, isRestored, entries });
    this.#workers = this.#startWorkers();
    const shapes = Object.assign({}, ...this.#workers.map(worker => worker.shapes));
    this.#order = new RoundOrder({ plan, symbols: this.symbols, shapes });
  }

  /** Handles a batch of one stream wholly. The engine owns the batch from then on. */
  push(batch: EventBatch): void {
    const rejected = [...batch.rejected];
    const admitted = this.#gate(batch.stream).admit(batch, rejected);
    this.#send({ stream: batch.stream, batch: admitted, end: null }, rejected);
  }

  tick(stream: string, arrivalUs: number): void {
    this.#gate(stream).tick(arrivalUs);
    this.#send({ stream, batch: null, end: null }, []);
  }

  /** All keys move on to the source's newest event time, which the workers know only together. */
  finish(stream: string): void {
    const rejected: Rejection[] = [];
    const batch = this.#gate(stream).finish(rejected) ?? null;
    const { newestUs } = this.#send({ stream, batch, end: 'ask' }, rejected);
    this.#send({ stream, batch: null, end: newestUs! }, []);
  }

  hear(entries: readonly InputEntry[]): void {
    this.#entries = [...this.#entries, ...entries];
    this.#exchange.addressEntries(entries).forEach((message, worker) => this.#workers[worker]!.hear(message));
  }

  /** The state between two calls: the first part is whole, each other one holds what has changed since the one before. */
  checkpoint(): PartitionedCheckpoint {
    const extent = this.#parts.length === 0 ? 'all' : 'changed';
    this.#parts = [...this.#parts, ...this.#workers.map(worker => worker.takePart(extent))];
    this.#symbolParts = [...this.#symbolParts, this.#symbolLog.take(extent)];
    return {
      parts: this.#parts,
      symbols: this.#symbolParts,
      gates: Object.fromEntries([...this.#gates].map(([stream, gate]) => [stream, gate.snapshot()])),
      entries: this.#entries,
      counters: this.#counters,
    };
  }

  counters(): EngineCounters {
    return this.#counters;
  }

  /** By pattern, and worker: the events that any row was bound to, bit by bit. */
  reachedEvents(): readonly (readonly [pattern: string, events: number])[] {
    return this.#workers.flatMap(worker => [...worker.reachedEvents()]);
  }

  #createGates(): ReadonlyMap<string, ArrivalGate> {
    const { plan, arrivalClock, checkpoint } = this.#options;
    const gates = plan.nodes.flatMap(node =>
      node.kind === 'source' ? [[node.id, gateOf(node, arrivalClock, this.symbols)] as const] : [],
    );
    if (checkpoint === undefined) return new Map(gates);
    const stored = structuredClone(checkpoint.gates);
    for (const [stream, gate] of gates) gate.restore(stored[stream]!);
    return new Map(gates);
  }

  #startWorkers(): LocalWorker[] {
    const { plan, workerCount, rowStreams, functions, checkpoint } = this.#options;
    const { literals, symbols } = this.#exchange;
    const entries = this.#entries;
    const kept = keptNodesOf(matchState(plan, plan));
    const restored = checkpoint === undefined ? null : { parts: structuredClone(checkpoint.parts), kept };
    const common = { workerCount, plan, rowStreams, functions, literals, symbols, entries, restored };
    return Array.from({ length: workerCount }, (_, workerIndex) => new LocalWorker({ ...common, workerIndex }));
  }

  #send(round: Omit<Round, 'arrivalUs' | 'rejected'>, rejected: readonly Rejection[]): RoundDone {
    const { nowUs, firstUs } = this.#gate(round.stream);
    const events = round.batch?.length ?? 0;
    const addressed = this.#exchange.address(this.#rounds++, { ...round, rejected, arrivalUs: nowUs, firstUs });
    const done = this.#order.merge(this.#workers.map((worker, i) => worker.handle(addressed[i]!)));
    this.#deliver(done, { events, rejected });
    return done;
  }

  /** As Delivery does it. */
  #deliver(
    { output, late, repeated, forgotten }: RoundDone,
    { events, rejected }: { readonly events: number; readonly rejected: readonly Rejection[] },
  ): void {
    const { onRows, onAlert, onRejected } = this.#options;
    const refused = [...rejected, ...output.rejected];
    const now = this.#counters;
    this.#counters = {
      events: now.events + events - refusedEvents(output.rejected),
      late: this.#before.late + late,
      rejected: now.rejected + refused.length,
      repeated: this.#before.repeated + repeated,
      rows: now.rows + output.rows.reduce((sum, batch) => sum + batch.length, 0),
      alerts: now.alerts + output.alerts.length,
      forgotten: this.#before.forgotten + forgotten,
    };
    for (const rejection of refused) onRejected?.(rejection);
    for (const batch of output.rows) onRows?.(batch);
    for (const change of output.alerts) onAlert?.(change);
  }

  #gate(stream: string): ArrivalGate {
    return this.#gates.get(stream)!;
  }
}

const NO_COUNTERS: EngineCounters = {
  events: 0,
  late: 0,
  rejected: 0,
  repeated: 0,
  rows: 0,
  alerts: 0,
  forgotten: 0,
};
