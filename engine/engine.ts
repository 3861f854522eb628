import type { Plan } from '../dsl/plan.ts';
import type { EventBatch, SymbolTable } from './batch.ts';
import type { RowBatch } from './connector.ts';
import type { AlertChange, Snapshot } from './operator.ts';

export type EngineOptions = {
  /** Streams whose rows are wanted (by id). */
  readonly rowStreams: readonly string[];
  /** Whether each source records arrivals (MEANING.md 1); by stream, default 'recorded'. */
  readonly arrivalClocks?: Readonly<Record<string, 'recorded' | 'as-read'>>;
  readonly snapshot?: Snapshot;
  onRows(batch: RowBatch): void;
  onAlert(change: AlertChange): void;
};

/** One partition of a plan on the calling thread. */
export interface Engine {
  readonly symbols: SymbolTable;
  /** Handles a batch wholly; its outputs have been delivered when this returns. */
  push(batch: EventBatch): void;
  /** The arrival clock of a quiet stream has reached this. */
  tick(stream: string, arrivalUs: number): void;
  /** A finite source is at its end (MEANING.md 9). */
  finish(stream: string): void;
  snapshot(): Snapshot;
  counters(): EngineCounters;
}

export type EngineCounters = {
  readonly events: number;
  readonly late: number;
  readonly rejected: number;
  readonly rows: number;
  readonly alerts: number;
};

export declare function createEngine(plan: Plan, options: EngineOptions): Engine;
