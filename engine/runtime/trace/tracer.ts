/** Sees the way of some rounds through a job; most jobs have none. It never throws, and nothing waits for it. */
export type Tracer = {
  /** Null: this round is not traced. Called for each round with events, when it was read. */
  startRound(round: TracedRound): RoundTrace | null;
};

export type TracedRound = {
  readonly stream: string;
  readonly events: number;
  /** How long reading took until now. */
  readonly readMs: number;
  /** What its messages are part of: some of their headers `traceparent` (https://www.w3.org/TR/trace-context). */
  readonly traceParents: readonly string[];
};

export type RoundTrace = {
  begin(step: TraceStep, attributes?: Readonly<Record<string, string | number>>): TraceSpan;
  /** All that it gave is delivered, and covered by a checkpoint where there are any. */
  end(): void;
};

/**
 * - `gate`: arrival clock, and what it refuses
 * - `room`: waiting until fewer rounds are under way
 * - `workers`: split by key, handled, and put together
 * - `delivery`: with a `sink` for each that is given something
 * - `checkpoint`: until a durable one covers it
 */
export type TraceStep = 'gate' | 'room' | 'workers' | 'delivery' | 'sink' | 'checkpoint';

export type TraceSpan = {
  /** For what is published within it. */
  readonly traceParent: string;
  end(): void;
};
