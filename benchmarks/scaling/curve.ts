/** What something costs as one number grows: how many rules, keys, workers; how long a window is. */
export type Curve = {
  readonly name: string;
  readonly title: string;
  /** What grows: `rules`. */
  readonly of: string;
  readonly points: readonly number[];
  /** Of how many passes a point's value is the median; each is a process of its own. */
  readonly passes: number;
  readonly variants: readonly Variant[];
  readonly measures: readonly Measure[];
  /** In a process of its own: the value of each measure, by its name. */
  readonly measure: (variant: string, x: number) => Values | Promise<Values>;
  /** As people write a point: `30 d`. */
  readonly show: (x: number) => string;
};

export type Variant = { readonly name: string; readonly title: string };

export type Measure = {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  /** What it may grow as. Of one event of n `log n`: all of them are then n log n. */
  readonly bound: Bound;
};

export type Unit = 'ns' | 'ms' | 'bytes';
export type Bound = 'log n' | 'n log n';
export type Values = Readonly<Record<string, number>>;

/** What a point's process prints. */
export type MeasuredPoint = { readonly values: Values; readonly peakBytes: number };
