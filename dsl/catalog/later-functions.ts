type LaterFunction = { readonly code: string; readonly instead?: string };

/** Names of the language that this version cannot run yet, with what can be written instead today. */
export const LATER_FUNCTIONS: Readonly<Record<string, LaterFunction>> = {
  zscore: { code: 'MR8003', instead: '(x - avg(x, 1h)) / stddev(x, 1h)' },
  mad: { code: 'MR8003', instead: 'abs(x - median(x, 1h))' },
  iqr: { code: 'MR8003', instead: 'percentile(x, 75%, 1h) - percentile(x, 25%, 1h)' },
  ewma_z: { code: 'MR8003' },
  cusum: { code: 'MR8003' },
  page_hinkley: { code: 'MR8003' },
  rate_of_change: { code: 'MR8003', instead: 'slope(x, 1m)' },
  flatline: { code: 'MR8003', instead: 'range(x, 10m) == 0 K' },
  seasonal: { code: 'MR8003' },
  new_range: { code: 'MR8003' },
  mahalanobis: { code: 'MR8003' },
  holt_winters: { code: 'MR8003' },
  half_space: { code: 'MR8003' },
  discord: { code: 'MR8003' },
  spectral: { code: 'MR8003' },
  change_point: { code: 'MR8003' },
  anomaly: { code: 'MR8003' },
  forecast: { code: 'MR8004' },
  time_to: { code: 'MR8004' },
  runs_out: { code: 'MR8004' },
};
