import type { Measured } from './measure-question.ts';
import type { MeasuredStore } from './store/measure-store.ts';

export type { MeasuredStore };

/** What `benchmarks/results/peers.json` holds. */
export type Peers = {
  readonly machine: Readonly<Record<string, string | number>>;
  /** That the whole run took. */
  readonly minutes: number;
  readonly engines: Readonly<Record<string, { readonly version: string; readonly commandLine: string }>>;
  readonly questions: readonly MeasuredQuestion[];
  readonly store: MeasuredStore;
};

export type MeasuredQuestion = {
  readonly question: string;
  readonly title: string;
  readonly memory: readonly Measured[];
  readonly json: readonly Measured[];
};
