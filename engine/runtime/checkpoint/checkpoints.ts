import { MillraceError } from '../../errors.ts';
import type { CheckpointMetrics, LastCheckpoint } from '../metrics/job-metrics.ts';
import type { PartReference } from './checkpoint-store.ts';
import type { Checkpointer, CheckpointContent } from './checkpointer.ts';
import type { Delivery } from '../delivery.ts';
import type { Clock } from '../platform.ts';
import type { Revisions } from '../revision/revisions.ts';
import type { Rounds } from '../rounds.ts';
import type { RouteSinks } from '../route-sinks.ts';
import type { SymbolUse } from './symbol-use.ts';

export type CheckpointsOptions = {
  readonly checkpointer: Checkpointer;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly rounds: Rounds;
  readonly delivery: Delivery;
  readonly sinks: RouteSinks;
  readonly revisions: Revisions | undefined;
  /** Frees the symbols that nothing refers to any more, where the workers say what their state does. */
  readonly freeSymbols: (usedSymbols: readonly SymbolUse[]) => void;
  readonly onDurable: (checkpoint: CheckpointTimes) => Promise<void>;
  /** `isFirst`: of several in a row that fail. */
  readonly onFailed: (error: MillraceError, { isFirst }: { readonly isFirst: boolean }) => void;
};

/** For how long handling stopped for a checkpoint, and how long it took until it was durable. */
export type CheckpointTimes = { readonly pauseMs: number; readonly durableMs: number };

/** What is so between the last round that was sent and the next one. */
export type InputState = Pick<CheckpointContent, 'plan' | 'sources' | 'gates' | 'ends' | 'inputs' | 'paused'>;

/**
 * When a job takes checkpoints: one at a time, a while after the last began. One that cannot be written because the disk
 * is full or has trouble is told if the one before was written; the job goes on, and the next is tried when it is time.
 */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  #begunMs: number;
  #underWay: Promise<void> | undefined;
  #failure: MillraceError | undefined; // of the last one
  #durable = 0;
  #failed = 0;
  #durableBegunMs: number;
  #last: LastCheckpoint | null = null;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#begunMs = options.clock.monotonicMs();
    this.#durableBegunMs = this.#begunMs;
  }

  metrics(): CheckpointMetrics {
    const ageSeconds = (this.#options.clock.monotonicMs() - this.#durableBegunMs) / 1000;
    return { durable: this.#durable, failed: this.#failed, ageSeconds, last: this.#last };
  }

  get isDue(): boolean {
    return this.#underWay === undefined && this.#leftMs() <= 0;
  }

  /** Resolves when the next one is due, or as soon as the signal aborts. */
  async due(signal: AbortSignal): Promise<void> {
    while (!this.isDue && !signal.aborted) await this.#options.clock.sleep(Math.max(this.#leftMs(), 10), signal);
  }

  /** Begins one between two rounds; none is under way. */
  begin(start: () => ReturnType<Checkpointer['start']>, input: InputState): void {
    const { clock, rounds, delivery, sinks } = this.#options;
    this.#begunMs = clock.monotonicMs();
    const started = start();
    const content = Promise.withResolvers<CheckpointContent>();
    content.promise.catch(() => {}); // the checkpoint hears of it
    rounds.then(async () => {
      await delivery.flush();
      const { counts } = delivery;
      const revisions = this.#options.revisions?.takeState();
      const revised = revisions === undefined ? {} : { revisions };
      // Nothing is written to a sink before its position is taken.
      await sinks
        .positions()
        .then(positions => content.resolve({ ...input, ...revised, counts, sinks: positions }), content.reject);
    });
    this.#underWay = this.#finish(started, content.promise, this.#begunMs).finally(() => (this.#underWay = undefined));
    this.#underWay.catch(error => rounds.fail(error));
  }

  /** One that is waited for: that it cannot be written is an error. */
  async save(start: () => ReturnType<Checkpointer['start']>, input: InputState): Promise<void> {
    await this.#underWay;
    this.begin(start, input);
    await this.#underWay;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #leftMs(): number {
    return this.#begunMs + this.#options.everyMs - this.#options.clock.monotonicMs();
  }

  async #finish(
    started: ReturnType<Checkpointer['start']>,
    content: Promise<CheckpointContent>,
    begunMs: number,
  ): Promise<void> {
    const { checkpointer, clock } = this.#options;
    try {
      const { parts, pauseMs, usedSymbols } = await checkpointer.finish(started, content);
      this.#failure = undefined;
      this.#noteDurable({ parts, pauseMs, begunMs });
      if (usedSymbols.length > 0) await this.#freeSymbols(usedSymbols);
      await this.#options.onDurable({ pauseMs, durableMs: clock.monotonicMs() - begunMs });
    } catch (error) {
      this.#fail(error);
    }
  }

  #noteDurable(done: {
    readonly parts: readonly PartReference[];
    readonly pauseMs: number;
    readonly begunMs: number;
  }): void {
    const { parts, pauseMs, begunMs } = done;
    this.#durable++;
    this.#durableBegunMs = begunMs;
    this.#last = {
      seconds: (this.#options.clock.monotonicMs() - begunMs) / 1000,
      pauseSeconds: pauseMs / 1000,
      bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    };
  }

  /** When what was sent before is delivered, since rows may name symbols of keys that are gone. */
  async #freeSymbols(usedSymbols: readonly SymbolUse[]): Promise<void> {
    const freed = Promise.withResolvers<void>();
    this.#options.rounds.then(async () => {
      this.#options.freeSymbols(usedSymbols);
      freed.resolve();
    });
    await freed.promise;
  }

  #fail(error: unknown): void {
    if (!(error instanceof MillraceError) || error.retry !== 'backoff') throw error;
    const isFirst = this.#failure === undefined;
    this.#failure = error;
    this.#failed++;
    this.#options.onFailed(error, { isFirst });
  }
}
