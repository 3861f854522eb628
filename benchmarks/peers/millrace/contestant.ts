import type { GoldenStream } from '../../golden-stream.ts';
import type { OutputSum } from '../../output-sum.ts';
import type { Query } from '../../throughput/query.ts';

/** One of the two that are measured in a process of Node: the rules, or the loop by hand. */
export interface Contestant {
  readonly version: string;
  /** Runs, and adds the outputs up. */
  sum(query: Query, events: InputEvents): OutputSum;
  /** Runs, and counts the outputs. */
  pass(query: Query, events: InputEvents): Pass;
}

export type Pass = Elapsed & { readonly outputs: number };

export type Elapsed = {
  readonly milliseconds: number;
  /** Of all threads. */
  readonly processorMicroseconds: number;
};

export function timed(work: () => void): Elapsed {
  const before = process.cpuUsage();
  const startMs = performance.now();
  work();
  const milliseconds = performance.now() - startMs;
  const { user, system } = process.cpuUsage(before);
  return { milliseconds, processorMicroseconds: user + system };
}

/** Columns, or messages of JSON and when the stream ends. */
export type InputEvents =
  | { readonly entrance: 'memory'; readonly stream: GoldenStream }
  | { readonly entrance: 'json'; readonly messages: readonly Buffer[]; readonly newestUs: number };
