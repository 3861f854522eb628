import type { Plan } from '../dsl/plan.ts';
import { validatePlan } from '../dsl/validate-plan.ts';
import { type EventBatch, type Rejection, SymbolTable } from './batch.ts';
import type { RowBatch } from './connector.ts';
import { assert, MillraceError } from './errors.ts';
import type { AlertChange, Snapshot } from './operator.ts';
import { type Built, build } from './runtime/build.ts';
import type { SourceStream } from './runtime/source-stream.ts';

const SNAPSHOT_VERSION = 1;

export type EngineOptions = {
  /** Ids of the streams whose rows are wanted. */
  readonly rowStreams?: readonly string[];
  /** Whether a source records arrivals (MEANING.md 1); by stream, default 'recorded'. */
  readonly arrivalClocks?: Readonly<Record<string, 'recorded' | 'as-read'>>;
  /** Go on from here: of the same plan. Throws MR6001 where it is not. */
  readonly snapshot?: Snapshot;
  /** The table that the batches' symbols are of; with a snapshot, one that holds the snapshot's symbols already. */
  readonly symbols?: SymbolTable;
  readonly onRows?: (batch: RowBatch) => void;
  readonly onAlert?: (change: AlertChange) => void;
  readonly onRejected?: (rejection: Rejection) => void;
};

export type EngineCounters = {
  readonly events: number;
  /** Events behind their key's watermark, and rows behind that of a stream that is keyed anew. */
  readonly late: number;
  readonly rejected: number;
  readonly rows: number;
  readonly alerts: number;
};

/**
 * One partition of a plan on the calling thread. The same events with the same arrivals give the same rows and alerts,
 * however they are batched and wherever it is stopped and restored. All calls are synchronous: outputs have been
 * delivered to the callbacks when a call returns. A plan that cannot run, wherever it comes from, is refused (MR7010).
 */
export class Engine {
  readonly symbols: SymbolTable;
  readonly #built: Built;
  #rowCount = 0;
  #alertCount = 0;

  constructor(plan: Plan, options: EngineOptions = {}) {
    const texts = options.snapshot?.['symbols'] as readonly string[] | undefined;
    this.symbols = options.symbols ?? SymbolTable.restore(texts ?? []);
    this.#built = build({
      plan: validatePlan(plan),
      symbols: this.symbols,
      isArrivalRecorded: stream => options.arrivalClocks?.[stream] !== 'as-read',
      rowStreams: options.rowStreams ?? [],
      alerts: { emit: change => this.#emit(change, options) },
      onRows: batch => {
        this.#rowCount += batch.length;
        options.onRows?.(batch);
      },
      onRejected: rejection => options.onRejected?.(rejection),
    });
    if (options.snapshot !== undefined) this.#restore(options.snapshot);
  }

  /** Handles a batch of one stream wholly. The engine owns the batch from then on. */
  push(batch: EventBatch): void {
    this.#source(batch.stream).push(batch);
  }

  /** The arrival clock of a quiet stream has reached this; no later event arrives before it. */
  tick(stream: string, arrivalUs: number): void {
    this.#source(stream).tick(arrivalUs);
  }

  /** A finite source is at its end (MEANING.md 9). */
  finish(stream: string): void {
    this.#source(stream).finish();
  }

  /** A copy of all state, plain data and typed arrays, between two calls. */
  snapshot(): Snapshot {
    const sources: Record<string, Snapshot> = {};
    for (const [id, source] of this.#built.sources) sources[id] = source.snapshot();
    const operators: Record<string, Snapshot> = {};
    for (const [id, operator] of this.#built.operators) operators[id] = operator.snapshot();
    return {
      version: SNAPSHOT_VERSION,
      symbols: this.symbols.snapshot(),
      counts: { rows: this.#rowCount, alerts: this.#alertCount },
      sources,
      operators,
    };
  }

  counters(): EngineCounters {
    let events = 0;
    let late = 0;
    let rejected = 0;
    for (const { counters } of this.#built.sources.values()) {
      events += counters.events;
      late += counters.late;
      rejected += counters.rejected;
    }
    for (const operator of this.#built.operators.values()) late += operator.lateCount ?? 0;
    return { events, late, rejected, rows: this.#rowCount, alerts: this.#alertCount };
  }

  #emit(change: AlertChange, options: EngineOptions): void {
    this.#alertCount++;
    options.onAlert?.(change);
  }

  #source(stream: string): SourceStream {
    const source = this.#built.sources.get(stream);
    assert(source !== undefined, `the plan has no source ${stream}`);
    return source;
  }

  #restore(snapshot: Snapshot): void {
    const sources = snapshot['sources'] as Record<string, Snapshot>;
    const operators = snapshot['operators'] as Record<string, Snapshot>;
    const counts = snapshot['counts'] as { rows: number; alerts: number };
    this.#rowCount = counts.rows;
    this.#alertCount = counts.alerts;
    checkSame(this.#built.sources, sources);
    checkSame(this.#built.operators, operators);
    for (const [id, source] of this.#built.sources) source.restore(sources[id]!);
    for (const [id, operator] of this.#built.operators) operator.restore(operators[id]!);
    for (const source of this.#built.sources.values()) source.resume();
  }
}

function checkSame(built: ReadonlyMap<string, unknown>, stored: Record<string, unknown>): void {
  const missing = [...built.keys()].find(id => !Object.hasOwn(stored, id));
  const extra = Object.keys(stored).find(id => !built.has(id));
  if (missing === undefined && extra === undefined) return;
  throw new MillraceError(
    'MR6001',
    `the stored state is of another rule file: it ${missing === undefined ? 'also has' : 'has no'} ${missing ?? extra}`,
    {
      hint: 'give --state another folder, or remove this one to start empty',
    },
  );
}
