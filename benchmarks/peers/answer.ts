/**
 * What an engine's process says, a line of JSON each: its version when it is ready, then an answer to each command,
 * `check QUESTION ENTRANCE EVENTS` or `pass QUESTION ENTRANCE EVENTS`.
 */
export type Answer = Run | { readonly cannot: string } | { readonly error: string };

export type Run = {
  readonly outputs: number;
  readonly nanoseconds: number;
  /** Of all threads of the process. */
  readonly processorNanoseconds: number;
  /** As benchmarks/output-sum.ts makes them; only of what is checked. */
  readonly sums: readonly number[];
};

/** How events come in: as the engine's own objects or columns, as JSON bytes, or as JSON that the engine itself reads. */
export type Entrance = 'memory' | 'json' | 'own-json';
