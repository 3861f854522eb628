import type { RangeNode } from './columns.ts';
import type { ValueType } from './field.ts';

/**
 * A detector over a key's readings: adds a column for each of its outputs, null until it has seen enough. The row's own reading
 * is judged by earlier ones of the key, and then remembered. A reading is a row whose arguments are all there, and
 * whose `quality` is good where that names a column; any other row is passed over, and gets null.
 */
export type DetectorNode = {
  readonly kind: 'detector';
  readonly id: string;
  readonly input: string;
  readonly detector: DetectorName;
  readonly arguments: readonly string[]; // columns of numbers
  readonly range?: RangeNode['range']; // how far back it looks, where that is said
  /** Readings that have been out of the ordinary for so long are the new normal; absent: never. */
  readonly adaptUs?: number;
  /** In the order of the function's parameters; durations in microseconds. */
  readonly parameters: readonly number[];
  readonly quality: string | null;
  readonly outputs: readonly DetectorOutput[];
};

export type DetectorOutput = { readonly name: string; readonly of: OutputKind; readonly type: ValueType };

/**
 * `value`: what the function gives; `period`: how long it takes on average until a reading is as rare, in
 * microseconds at the rate of events so far; `argument`: the name of the argument that says most; `low`, `high`: the bounds of a
 * forecast.
 */
export type OutputKind = 'value' | 'period' | 'argument' | 'low' | 'high';

export type DetectorName =
  | 'zscore'
  | 'mad'
  | 'iqr'
  | 'ewma_z'
  | 'cusum'
  | 'page_hinkley'
  | 'rate_of_change'
  | 'flatline'
  | 'seasonal'
  | 'holt_winters'
  | 'new_range'
  | 'mahalanobis'
  | 'mewma'
  | 'half_space'
  | 'spectral'
  | 'discord'
  | 'change_point'
  | 'likelihood'
  | 'anomaly'
  | ForecastName;

/**
 * What looks ahead. `forecast` has the horizon, the probability of its interval and the period of its season (0: none) as
 * parameters; `time_to` a limit, and `runs_out` the empty level, as second argument.
 */
export type ForecastName = 'forecast' | 'time_to' | 'runs_out';

/** Of the interval of a forecast, where none is said. */
export const USUAL_PROBABILITY = 0.95;
