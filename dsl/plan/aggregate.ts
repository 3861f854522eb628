import type { ValueType } from './field.ts';

/** `arguments` are columns of the input; `parameter` is the constant of `percentile(x, q)`, of `ewma`, of `duration`. */
export type AggregateColumn = {
  readonly name: string; // of the output column; contains `#`
  readonly aggregate: AggregateName;
  readonly arguments: readonly string[];
  readonly parameter?: number;
  readonly type: ValueType;
};

export type AggregateName =
  | 'count'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'first'
  | 'last'
  | 'stddev'
  | 'var'
  | 'median'
  | 'percentile'
  | 'mode'
  | 'distinct'
  | 'delta'
  | 'increase'
  | 'rate'
  | 'slope'
  | 'spread'
  | 'ewma'
  | 'integral'
  | 'twa'
  | 'duration'
  | 'argmax'
  | 'argmin'
  | 'correlation';
