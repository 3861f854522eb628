import type { AggregateName, DetectorName, HistoryNode, OutputKind, ValueType } from '../plan.ts';

export const LITERAL_TYPES = {
  float: 'number',
  int: 'number',
  bool: 'boolean',
  symbol: 'string',
  string: 'string',
  time: 'number',
  duration: 'number',
  quality: 'string',
  severity: 'string',
} as const satisfies Record<ValueType, string>;

export const VALUE_TYPES = Object.keys(LITERAL_TYPES) as readonly ValueType[];

export const HISTORY_FUNCTIONS = Object.keys({
  prev: 0,
  changed: 0,
  becomes: 0,
  since: 0,
  rising: 0,
  falling: 0,
  stays: 0,
  crosses: 0,
} satisfies Record<HistoryNode['function'], 0>) as readonly HistoryNode['function'][];

export const DETECTORS = Object.keys({
  zscore: 0,
  mad: 0,
  iqr: 0,
  ewma_z: 0,
  cusum: 0,
  page_hinkley: 0,
  rate_of_change: 0,
  flatline: 0,
  seasonal: 0,
  holt_winters: 0,
  new_range: 0,
  mahalanobis: 0,
  mewma: 0,
  half_space: 0,
  spectral: 0,
  discord: 0,
  change_point: 0,
  likelihood: 0,
  anomaly: 0,
  forecast: 0,
  time_to: 0,
  runs_out: 0,
} satisfies Record<DetectorName, 0>) as readonly DetectorName[];

export const OUTPUTS = Object.keys({
  value: 0,
  period: 0,
  argument: 0,
  low: 0,
  high: 0,
} satisfies Record<OutputKind, 0>) as readonly OutputKind[];

export const AGGREGATES = Object.keys({
  count: 0,
  sum: 0,
  avg: 0,
  min: 0,
  max: 0,
  first: 0,
  last: 0,
  stddev: 0,
  var: 0,
  median: 0,
  percentile: 0,
  mode: 0,
  distinct: 0,
  delta: 0,
  increase: 0,
  rate: 0,
  slope: 0,
  spread: 0,
  ewma: 0,
  integral: 0,
  twa: 0,
  duration: 0,
  argmax: 0,
  argmin: 0,
  correlation: 0,
} satisfies Record<AggregateName, 0>) as readonly AggregateName[];
