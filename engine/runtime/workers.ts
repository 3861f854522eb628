import type { Plan } from '../../dsl/plan.ts';
import type { EventBatch, SymbolTable } from '../batch.ts';
import { assert, MillraceError } from '../errors.ts';
import { KeyPartitions } from '../state/key-partition.ts';
import type { PartReference } from './checkpoint-store.ts';
import type { StateExtent } from './engine-state.ts';
import { errorOf } from './error-value.ts';
import { Exchange, KnownSymbols } from './exchange.ts';
import { literalTexts } from './plan-literals.ts';
import { slicePlan } from './plan-slices.ts';
import type { RowShape } from './row-batch.ts';
import { type RoundOutput, RoundOrder } from './round-output.ts';
import { buffersOf } from './transferred-buffers.ts';
import type { WorkerPort } from './worker-port.ts';
import type { DoneMessage, FromWorker, NewSymbols, RestoredState, RoundMessage } from './worker-protocol.ts';

export type WorkersOptions = {
  readonly plan: Plan;
  readonly ports: readonly WorkerPort[];
  readonly rowStreams: readonly string[];
  readonly symbols: SymbolTable;
  readonly restored: RestoredState | null;
  readonly paused: readonly string[];
};

/** Everything of one source up to an instant of its arrival clock. `batch` is given away. */
export type Round = Pick<RoundMessage, 'stream' | 'arrivalUs' | 'end'> & { readonly batch: EventBatch | null };

/** A round as it came back. */
export type RoundDone = {
  readonly output: RoundOutput;
  readonly newestUs: number | null;
  /** Since the workers started. */
  readonly late: number;
  readonly forgotten: number;
};

export type PartsDone = { readonly parts: readonly PartReference[]; readonly pauseMs: number };

/**
 * The workers of a job, seen from the main thread: rounds go to all of them, and come back in order. Whoever sends waits
 * for `finished` of an earlier round before there are too many (the bound is the caller's).
 *
 * Errors: MR6020 a worker died · what a worker reports. Either fails everything that is waited for, then and later.
 */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #ports: readonly WorkerPort[];
  readonly #exchanges = new Map<string, Exchange>();
  readonly #answers: DoneMessage[][]; // by worker: of rounds that others have not answered yet
  readonly #waiting = new Map<number, PromiseWithResolvers<RoundDone>>();
  readonly #bytes: Readonly<Record<string, number>>[]; // by worker
  readonly #failed = Promise.withResolvers<never>();
  #barrier: Barrier | undefined;
  #order: RoundOrder | undefined;
  #sent = 0;
  #done = 0;

  static async start(options: WorkersOptions): Promise<Workers> {
    const workers = new Workers(options);
    await workers.#start();
    return workers;
  }

  private constructor(options: WorkersOptions) {
    this.#options = options;
    this.#ports = options.ports;
    this.#answers = options.ports.map(() => []);
    this.#bytes = options.ports.map(() => ({}));
    this.#failed.promise.catch(() => {}); // whoever waits hears of it
  }

  /** Rejects when a worker fails; never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Hands a round to the workers; resolves when all have handled it, with what they gave. */
  send({ stream, batch, arrivalUs, end }: Round): Promise<RoundDone> {
    const round = this.#sent++;
    const finished = Promise.withResolvers<RoundDone>();
    this.#waiting.set(round, finished);
    const shares = batch === null ? undefined : this.#exchanges.get(stream)!.split(batch);
    this.#ports.forEach((port, worker) => {
      const share = shares?.[worker];
      const { own = null, whole = null, symbols = NO_SYMBOLS } = share ?? {};
      const message: RoundMessage = { kind: 'round', round, stream, own, whole, arrivalUs, end, symbols };
      port.post(message, buffersOf([own, whole].filter(columns => columns !== null && columns !== 'own')));
    });
    return Promise.race([finished.promise, this.#failed.promise]);
  }

  /** The state between the rounds sent so far and those to come; resolves when it is durable. One at a time. */
  async takeParts(options: {
    readonly checkpoint: number;
    readonly pathOf: (worker: number) => string;
    readonly extent: StateExtent;
  }): Promise<PartsDone> {
    assert(this.#barrier === undefined, 'one checkpoint at a time');
    const { pathOf, ...rest } = options;
    const barrier: Barrier = { parts: [], pauseMs: 0, error: null, finished: Promise.withResolvers() };
    this.#barrier = barrier;
    this.#ports.forEach((port, worker) => port.post({ kind: 'barrier', ...rest, path: pathOf(worker) }));
    try {
      return await Promise.race([barrier.finished.promise, this.#failed.promise]);
    } finally {
      this.#barrier = undefined;
    }
  }

  pause(rules: readonly string[]): void {
    for (const port of this.#ports) port.post({ kind: 'pause', rules });
  }

  /** What the state takes, by source and operator, as last heard. */
  stateBytes(): ReadonlyMap<string, number> {
    const stateBytes = new Map<string, number>();
    for (const bytes of this.#bytes) {
      for (const [id, size] of Object.entries(bytes)) stateBytes.set(id, (stateBytes.get(id) ?? 0) + size);
    }
    return stateBytes;
  }

  async close(): Promise<void> {
    await Promise.all(this.#ports.map(port => port.terminate()));
  }

  async #start(): Promise<void> {
    const { plan, ports, rowStreams, symbols, restored, paused } = this.#options;
    const literalIds = literalTexts(plan).map(text => symbols.idOf(text));
    const literals = symbolsOf(symbols, literalIds);
    const others = restored === null ? NO_SYMBOLS : symbolsOf(symbols, symbols.texts.keys());
    const known = ports.map(() => new KnownSymbols());
    for (const ofWorker of known) ofWorker.add([...literals.ids, ...others.ids]);
    this.#createExchanges(known);
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
        literals,
        symbols: others,
        restored,
        paused,
      });
      return ready.promise;
    });
    const ofAll = await Promise.race([Promise.all(shapes), this.#failed.promise]);
    this.#order = new RoundOrder({ plan, symbols, shapes: Object.assign({}, ...ofAll) });
  }

  #createExchanges(known: readonly KnownSymbols[]): void {
    const { plan, symbols, ports } = this.#options;
    const { keyed, lanes } = slicePlan(plan);
    const partitions = new KeyPartitions(symbols);
    const laneSources = [...lanes.keys()];
    for (const source of plan.nodes) {
      if (source.kind !== 'source') continue;
      const lane = laneSources.indexOf(source.id);
      this.#exchanges.set(
        source.id,
        new Exchange({
          source,
          symbols,
          partitions,
          known,
          isKeyed: keyed.nodes.some(node => node.id === source.id),
          lane: lane < 0 ? null : lane % ports.length,
        }),
      );
    }
  }

  #take(worker: number, message: FromWorker, onReady: (shapes: Readonly<Record<string, RowShape>>) => void): void {
    switch (message.kind) {
      case 'ready':
        return onReady(message.shapes);
      case 'done':
        return this.#takeDone(worker, message);
      case 'part':
        return this.#takePart(message);
      case 'failed':
        return this.#fail(errorOf(message.error));
    }
  }

  #takeDone(worker: number, done: DoneMessage): void {
    this.#answers[worker]!.push(done);
    if (done.stateBytes !== null) this.#bytes[worker] = done.stateBytes;
    while (this.#answers.every(answers => answers.length > 0)) {
      this.#finish(this.#answers.map(ofWorker => ofWorker.shift()!));
    }
  }

  #finish(answers: readonly DoneMessage[]): void {
    const round = this.#done++;
    assert(answers.every(answer => answer.round === round), 'workers answer rounds in order');
    const newest = answers.map(answer => answer.newestUs).filter(newestUs => newestUs !== null);
    this.#waiting.get(round)!.resolve({
      output: this.#order!.merge(answers),
      newestUs: newest.length === 0 ? null : Math.max(...newest),
      late: answers.reduce((sum, answer) => sum + answer.late, 0),
      forgotten: answers.reduce((sum, answer) => sum + answer.forgotten, 0),
    });
    this.#waiting.delete(round);
  }

  #takePart({ part, error, pauseMs }: Extract<FromWorker, { kind: 'part' }>): void {
    const barrier = this.#barrier!;
    barrier.pauseMs = Math.max(barrier.pauseMs, pauseMs);
    if (error !== null) barrier.error ??= errorOf(error);
    barrier.parts.push(part);
    if (barrier.parts.length < this.#ports.length) return;
    if (barrier.error !== null) barrier.finished.reject(barrier.error);
    else barrier.finished.resolve({ parts: barrier.parts as PartReference[], pauseMs: barrier.pauseMs }); // as: none failed
  }

  #fail(error: Error): void {
    this.#failed.reject(error);
  }
}

type Barrier = {
  readonly parts: (PartReference | null)[];
  pauseMs: number;
  error: Error | null;
  readonly finished: PromiseWithResolvers<PartsDone>;
};

const NO_SYMBOLS: NewSymbols = { ids: [], texts: [] };

function symbolsOf(symbols: SymbolTable, ids: Iterable<number>): NewSymbols {
  const list = [...ids];
  return { ids: list, texts: list.map(id => symbols.textOf(id)) };
}

function diedError(worker: number, reason: string): MillraceError {
  return new MillraceError('MR6020', `worker ${worker} died: ${reason}`, {
    hint: 'with --state the next run goes on from the last checkpoint',
    domain: 'internal',
  });
}
