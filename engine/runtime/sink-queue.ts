import type { Sink, SinkInput } from '../connector.ts';
import { MillraceError } from '../errors.ts';
import type { SinkMetrics } from './metrics/job-metrics.ts';
import { SinkMeter } from './metrics/sink-meter.ts';
import type { Clock } from './platform.ts';
import type { SinkTroubles } from './sink-troubles.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/**
 * What one sink is given, in order, as much at once as it takes (`maxInFlight`). A write that fails is repeated for as long as the sink
 * says that it may be, and those behind it are repeated behind it. Any other failure is the end: all that is unfinished fails
 * with it, and what comes later. What waits is bounded by the rounds that are under way.
 */
export class SinkQueue {
  readonly meter: SinkMeter;
  readonly #name: string;
  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #troubles: SinkTroubles;
  readonly #signal: AbortSignal;
  readonly #unfinished: Write[] = []; // in order; those under way come first
  #underWay = 0;
  #failure: { readonly error: unknown } | null = null; // nothing is sent until all under way has settled
  #end: { readonly error: unknown } | null = null;
  #waitMs = FIRST_RETRY_MS;

  constructor(options: {
    readonly name: string;
    readonly sink: Sink;
    readonly clock: Clock;
    readonly troubles: SinkTroubles;
    /** Nothing is repeated when it has aborted. */
    readonly signal: AbortSignal;
  }) {
    this.#name = options.name;
    this.#sink = options.sink;
    this.#clock = options.clock;
    this.#troubles = options.troubles;
    this.#signal = options.signal;
    this.meter = new SinkMeter(options.clock);
  }

  /** It has its place when this returns; resolves when it is acknowledged. */
  async write(input: SinkInput): Promise<void> {
    if (this.#end !== null) throw this.#end.error;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#unfinished.push({ input, isUnderWay: false, resolve, reject });
    this.#sendNext();
    await promise;
  }

  metrics({ waiting }: { readonly waiting: number }): SinkMetrics {
    return this.meter.metrics(this.#unfinished.reduce((sum, { input }) => sum + sizeOf(input), waiting));
  }

  #sendNext(): void {
    if (this.#failure !== null) return;
    for (const write of this.#unfinished) {
      if (this.#underWay >= this.#sink.maxInFlight) return;
      if (!write.isUnderWay) void this.#send(write);
    }
  }

  async #send(write: Write): Promise<void> {
    write.isUnderWay = true;
    this.#underWay++;
    try {
      await this.#sink.write(write.input);
      this.#acknowledged(write);
    } catch (error) {
      if (this.#failure === null || !isWorthRetrying(error)) this.#failure = { error };
    }
    write.isUnderWay = false;
    this.#underWay--;
    if (this.#failure === null) this.#sendNext();
    else if (this.#underWay === 0) await this.#repeat(this.#failure.error);
  }

  #acknowledged(write: Write): void {
    this.#unfinished.splice(this.#unfinished.indexOf(write), 1);
    this.#waitMs = FIRST_RETRY_MS;
    this.meter.wrote(sizeOf(write.input));
    this.#troubles.wrote(this.#name);
    write.resolve();
  }

  async #repeat(error: unknown): Promise<void> {
    if (!isWorthRetrying(error) || this.#signal.aborted) return this.#endWith(error);
    this.#troubles.failed(this.#name, error);
    this.meter.failed(error.code);
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(waitMs * 2, LAST_RETRY_MS);
    await this.#clock.sleep(waitMs, this.#signal);
    this.#failure = null;
    this.#sendNext();
  }

  #endWith(error: unknown): void {
    this.#end = { error };
    for (const { reject } of this.#unfinished.splice(0)) reject(error);
  }
}

type Write = {
  readonly input: SinkInput;
  isUnderWay: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

function isWorthRetrying(error: unknown): error is MillraceError {
  return error instanceof MillraceError && error.retry === 'backoff';
}

function sizeOf(input: SinkInput): number {
  return input.kind === 'rows' ? input.batch.length : input.changes.length;
}
