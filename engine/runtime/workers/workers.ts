import type { Plan } from '../../../dsl/plan.ts';
import type { Column, SymbolTable } from '../../batch.ts';
import { assert, MillraceError } from '../../errors.ts';
import type { FunctionTrouble } from '../../functions/own-functions.ts';
import type { Dropped } from '../../operator.ts';
import type { InputEntry } from '../../recorded-input.ts';
import type { PartReference } from '../checkpoint/checkpoint-store.ts';
import type { StateExtent } from '../checkpoint/engine-state.ts';
import { partitionOfKey } from '../../state/key-partition.ts';
import { errorOf } from './error-value.ts';
import { Failure } from '../failure.ts';
import type { WorkerReport } from '../metrics/worker-report.ts';
import { laneOwner, ownerOf } from './partition-owner.ts';
import { PlanReaders } from './plan-readers.ts';
import { type Lane, slicePlan } from './plan-slices.ts';
import { type Round, RoundExchange } from './round-exchange.ts';
import { type RoundDone, RoundOrder } from './round-output.ts';
import type { RowShape } from '../row-batch.ts';
import type { SymbolUse } from '../checkpoint/symbol-use.ts';
import type { KeyShares } from '../../state/key-share.ts';
import type { WorkerPort } from './worker-port.ts';
import { buffersOf } from './transferred-buffers.ts';
import type { DoneMessage, FromWorker, RestoredState, ReviseAnswer, ReviseStep } from './worker-protocol.ts';

export type WorkersOptions = {
  readonly plan: Plan;
  readonly ports: readonly WorkerPort[];
  readonly rowStreams: readonly string[];
  readonly symbols: SymbolTable;
  readonly restored: RestoredState | null;
  /** Of recorded inputs, oldest first: whatever is kept of what was heard, and what is to be heard. */
  readonly entries?: readonly InputEntry[];
  readonly maxKeys?: number | undefined;
  /** URLs of modules of functions. */
  readonly functions?: readonly string[];
  readonly onTrouble?: (trouble: FunctionTrouble) => void;
  readonly onDropped?: (dropped: Dropped) => void;
  /** Whose keys these workers have; null: all. */
  readonly shares?: KeyShares | null;
  readonly paused: readonly string[];
};

export type PartsDone = {
  readonly parts: readonly PartReference[];
  /** By worker: which symbols the state refers to, where all of it was taken; else empty. */
  readonly usedSymbols: readonly SymbolUse[];
  readonly pauseMs: number;
};

/**
 * The workers of a job, seen from the main thread: rounds go to all of them, and come back in order. Whoever sends waits
 * for `finished` of an earlier round before there are too many (the bound is the caller's).
 *
 * Errors: MR6020 a worker died · what a worker reports. Either fails everything that is waited for, then and later.
 */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #ports: readonly WorkerPort[];
  readonly #exchange: RoundExchange;
  readonly #lanes: readonly Lane[];
  readonly #answers: DoneMessage[][]; // by worker: of rounds that others have not answered yet
  readonly #revising: PromiseWithResolvers<ReviseAnswer>[][]; // by worker: steps that are not answered yet, in order
  readonly #waiting = new Map<number, PromiseWithResolvers<RoundDone>>();
  #bytes: Readonly<Record<string, number>>[]; // by worker
  #bytesFromRound = 0;
  readonly #failed = new Failure();
  #barrier: Barrier | undefined;
  #asked: Asked | undefined;
  #order: RoundOrder | undefined;
  #shapes: Readonly<Record<string, RowShape>> = {};
  readonly #firing = new Set<string>();
  #sent = 0;
  #done = 0;

  static async start(options: WorkersOptions): Promise<Workers> {
    const workers = new Workers(options);
    await workers.#start();
    return workers;
  }

  private constructor(options: WorkersOptions) {
    this.#options = options;
    const { ports, symbols, restored, entries = [], shares = null } = options;
    this.#ports = ports;
    // As the workers cut it: which worker has which lane depends on what runs.
    const plan = new PlanReaders(options.plan).without(new Set(options.paused));
    this.#lanes = slicePlan(plan).lanes;
    const isRestored = restored !== null;
    this.#exchange = new RoundExchange({ plan, symbols, workerCount: ports.length, isRestored, entries, shares });
    this.#answers = ports.map(() => []);
    this.#revising = ports.map(() => []);
    this.#bytes = ports.map(() => ({}));
  }

  /** Of the streams whose rows come. */
  get shapes(): Readonly<Record<string, RowShape>> {
    return this.#shapes;
  }

  /** Ids of alerts that fire at the start, by the state of rules that were filled. */
  get firing(): ReadonlySet<string> {
    return this.#firing;
  }

  /** Rejects when a worker fails; never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Hands a round to the workers; resolves when all have handled it, with what they gave. */
  send(round: Round): Promise<RoundDone> {
    const number = this.#sent++;
    const finished = Promise.withResolvers<RoundDone>();
    this.#waiting.set(number, finished);
    this.#exchange.address(number, round).forEach(({ message, transfer }, worker) => {
      this.#ports[worker]!.post(message, transfer);
    });
    const done = this.#failed.orFailed(finished.promise);
    done.catch(() => {}); // where nobody waits for it any more, `failed` has told
    return done;
  }

  /** Tells the workers of entries of recorded inputs, before the rounds that are sent from now on. */
  hear(entries: readonly InputEntry[]): void {
    this.#exchange.addressEntries(entries).forEach((message, worker) => this.#ports[worker]!.post(message));
  }

  /** A step of computing the past of some of a worker's keys again, between the rounds sent so far and those to come. */
  async revise(worker: number, step: ReviseStep): Promise<ReviseAnswer> {
    if (this.#exchange.hasFreed) this.hear([]); // told before ids are given to others
    const columns = step.kind === 'begin' ? step.keys : step.kind === 'events' ? step.events : NO_COLUMNS;
    const symbols = this.#exchange.newSymbols(worker, columns.columns, columns.length);
    const answered = Promise.withResolvers<ReviseAnswer>();
    this.#revising[worker]!.push(answered);
    this.#ports[worker]!.post(
      { kind: 'revise', step, symbols },
      step.kind === 'events' ? buffersOf([step.events]) : [],
    );
    return await this.#failed.orFailed(answered.promise);
  }

  /** Whose the key at one row is. */
  ownerOf(key: readonly Column[], row: number): number {
    return ownerOf(partitionOfKey(key, row, this.#options.symbols), this.#ports.length);
  }

  /** Whose the lane with this node is. */
  ownerOfLane(nodeId: string): number {
    const lane = this.#lanes.findIndex(({ plan }) => plan.nodes.some(({ id }) => id === nodeId));
    return laneOwner(lane, this.#ports.length);
  }

  /** The state between the rounds sent so far and those to come; resolves when it is durable. One at a time. */
  async takeParts(options: {
    readonly checkpoint: number;
    readonly pathOf: (worker: number) => string;
    readonly extent: StateExtent;
  }): Promise<PartsDone> {
    assert(this.#barrier === undefined, 'one checkpoint at a time');
    const { pathOf, ...rest } = options;
    const barrier: Barrier = { parts: [], usedSymbols: [], pauseMs: 0, error: null, finished: Promise.withResolvers() };
    this.#barrier = barrier;
    const symbolCount = this.#options.symbols.size;
    if (options.extent === 'all') this.#exchange.watchSymbols();
    this.#ports.forEach((port, worker) => port.post({ kind: 'barrier', ...rest, symbolCount, path: pathOf(worker) }));
    try {
      return await this.#failed.orFailed(barrier.finished.promise);
    } finally {
      this.#barrier = undefined;
    }
  }

  /** After a whole part, when all rounds before are delivered: frees the symbols that nothing refers to any more. */
  freeSymbols(usedSymbols: readonly SymbolUse[], held: readonly Column[], entries: readonly InputEntry[]): void {
    this.#exchange.freeSymbols(usedSymbols, held, entries);
  }

  pause(rules: readonly string[]): void {
    for (const port of this.#ports) port.post({ kind: 'pause', rules });
    // What was heard of the state's size holds no longer, and what is under way was said before.
    this.#bytes = this.#ports.map(() => ({}));
    this.#bytesFromRound = this.#sent;
  }

  /** What the state takes, by source and operator, as last heard. */
  stateBytes(): ReadonlyMap<string, number> {
    const stateBytes = new Map<string, number>();
    for (const bytes of this.#bytes) {
      for (const [id, size] of Object.entries(bytes)) stateBytes.set(id, (stateBytes.get(id) ?? 0) + size);
    }
    return stateBytes;
  }

  /** How it is there, by worker; a worker answers when what it was given before is done. */
  async reports(): Promise<readonly WorkerReport[]> {
    const asked: Asked = this.#asked ?? { reports: [], answered: Promise.withResolvers() };
    if (this.#asked === undefined) {
      this.#asked = asked; // until all have answered, which may be at once
      for (const port of this.#ports) port.post({ kind: 'ask' });
    }
    return await this.#failed.orFailed(asked.answered.promise);
  }

  async close(): Promise<void> {
    await Promise.all(this.#ports.map(port => port.terminate()));
  }

  async #start(): Promise<void> {
    const { plan, ports, rowStreams, symbols, restored, entries = [], maxKeys, shares = null, paused } = this.#options;
    const shapes = ports.map((port, workerIndex) => {
      port.onDeath(reason => this.#fail(diedError(workerIndex, reason)));
      const ready = Promise.withResolvers<Readonly<Record<string, RowShape>>>();
      port.onMessage(message => this.#take(workerIndex, message, ready.resolve));
      port.post({
        kind: 'start',
        workerIndex,
        workerCount: ports.length,
        plan,
        rowStreams,
        literals: this.#exchange.literals,
        symbols: this.#exchange.symbols,
        entries,
        restored,
        maxKeys,
        functions: this.#options.functions ?? [],
        share: shares?.share ?? null,
        paused,
      });
      return ready.promise;
    });
    const ofAll = await this.#failed.orFailed(Promise.all(shapes));
    this.#shapes = Object.assign({}, ...ofAll);
    this.#order = new RoundOrder({ plan, symbols, shapes: this.#shapes });
  }

  #take(worker: number, message: FromWorker, onReady: (shapes: Readonly<Record<string, RowShape>>) => void): void {
    switch (message.kind) {
      case 'ready':
        for (const id of message.firing) this.#firing.add(id);
        return onReady(message.shapes);
      case 'done':
        return this.#takeDone(worker, message);
      case 'part':
        return this.#takePart(message);
      case 'revised':
        return this.#revising[worker]!.shift()!.resolve(message.answer);
      case 'report':
        return this.#takeReport(worker, message.report);
      case 'failed':
        return this.#fail(errorOf(message.error));
    }
  }

  #takeDone(worker: number, done: DoneMessage): void {
    for (const trouble of done.troubles) this.#options.onTrouble?.(trouble);
    for (const dropped of done.dropped) this.#options.onDropped?.(dropped);
    this.#answers[worker]!.push(done);
    if (done.stateBytes !== null && done.round >= this.#bytesFromRound) this.#bytes[worker] = done.stateBytes;
    while (this.#answers.every(answers => answers.length > 0)) {
      this.#finish(this.#answers.map(ofWorker => ofWorker.shift()!));
    }
  }

  #finish(answers: readonly DoneMessage[]): void {
    const round = this.#done++;
    assert(
      answers.every(answer => answer.round === round),
      'workers answer rounds in order',
    );
    this.#waiting.get(round)!.resolve(this.#order!.merge(answers));
    this.#waiting.delete(round);
  }

  #takePart({ part, error, usedSymbols, pauseMs }: Extract<FromWorker, { kind: 'part' }>): void {
    const barrier = this.#barrier;
    if (barrier === undefined) return; // another worker has died meanwhile
    barrier.pauseMs = Math.max(barrier.pauseMs, pauseMs);
    if (error !== null) barrier.error ??= errorOf(error);
    if (usedSymbols !== null) barrier.usedSymbols.push(usedSymbols);
    barrier.parts.push(part);
    if (barrier.parts.length < this.#ports.length) return;
    if (barrier.error !== null) barrier.finished.reject(barrier.error);
    else barrier.finished.resolve({ ...barrier, parts: barrier.parts as PartReference[] }); // as: none failed
  }

  #takeReport(worker: number, report: WorkerReport): void {
    const asked = this.#asked!;
    asked.reports[worker] = report;
    if (Object.keys(asked.reports).length < this.#ports.length) return;
    this.#asked = undefined;
    asked.answered.resolve(asked.reports);
  }

  #fail(error: Error): void {
    this.#failed.fail(error);
  }
}

const NO_COLUMNS = { columns: [], length: 0 };

type Barrier = {
  readonly parts: (PartReference | null)[];
  readonly usedSymbols: SymbolUse[];
  pauseMs: number;
  error: Error | null;
  readonly finished: PromiseWithResolvers<PartsDone>;
};

type Asked = {
  readonly reports: WorkerReport[]; // by worker; some are missing
  readonly answered: PromiseWithResolvers<readonly WorkerReport[]>;
};

function diedError(worker: number, reason: string): MillraceError {
  return new MillraceError('MR6020', `worker ${worker} died: ${reason}`, {
    hint: 'with --state the next run goes on from the last checkpoint',
    domain: 'internal',
  });
}
