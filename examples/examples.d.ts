import type { SeriesForm } from './generate-series.js';

export type ExampleSource = RecordedSource | OwnSource;

export type RecordedSource = {
  /** Relative to the data folder. All streams of an example have the same number of them: its runs. */
  readonly recorded: readonly string[];
  /** Beside the rule file: its own address. */
  readonly file: string;
  readonly generated: SeriesForm;
};

/** A file beside the rule file, which `make-data.js` there has written. */
export type OwnSource = { readonly data: string };

export type Example = {
  readonly name: string;
  readonly folder: string;
  readonly order: number;
  readonly title: string;
  readonly sources: Readonly<Record<string, ExampleSource>>;
};

export type ExampleInput = { readonly stream: string; readonly file: string; readonly isGenerated: boolean };

export declare function dataFolder(): string | null;
export declare function examplesIn(folder: string): readonly Example[];
export declare function inputsOf(example: Example): readonly ExampleInput[];
