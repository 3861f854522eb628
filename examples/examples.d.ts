import type { SeriesForm } from './generate-series.js';

export type ExampleSource = {
  /** Relative to the data folder. All streams of an example have the same number of them: its runs. */
  readonly recorded: readonly string[];
  /** Beside the rule file: its own address. */
  readonly file: string;
  readonly generated: SeriesForm;
};

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
