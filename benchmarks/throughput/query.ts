import type { GoldenBatch } from '../golden-stream.ts';

/** One question: rules, and the loop that somebody would write instead of them. */
export type Query = {
  readonly name: string;
  readonly title: string;
  /** They follow the stream's declaration. */
  readonly rules: string;
  /** Of another stream than the golden one. */
  readonly declaration?: string;
  /** Of the stream; none: it has none. */
  readonly latenessText?: string;
  /** The stream or streams whose rows are the outputs; null: alerts are. */
  readonly output: string | readonly string[] | null;
  readonly createHandLoop: () => HandLoop;
};

/** Plain code over the same columns, with its own state, and outputs in columns, too. */
export interface HandLoop {
  take(batch: GoldenBatch): void;
  /** The stream ends at this time. */
  finish(newestUs: number): void;
  /** What the last `take` or `finish` gave; of several questions at once, of each. */
  readonly outputs: HandOutputs | readonly HandOutputs[];
}

/** Time, key, values; of alerts, whether raised. Good until the next call. */
export type HandOutputs = { length: number; readonly columns: readonly (Float64Array | Uint32Array | Uint8Array)[] };
