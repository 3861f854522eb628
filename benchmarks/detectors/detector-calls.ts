/** Every detector as a rule writes it, with a limit that nothing passes; a reading a second. */
export type DetectorCall = {
  readonly name: string;
  readonly call: string;
  /** How many events a second a thread is to take at least. */
  readonly target: number;
};

const MILLION = 1_000_000;

export const DETECTOR_CALLS: readonly DetectorCall[] = [
  of('zscore', 'zscore(x, 10m)'),
  of('mad', 'mad(x, 10m)'),
  of('iqr', 'iqr(x, 10m)'),
  of('ewma_z', 'ewma_z(x, 10m)'),
  of('cusum', 'cusum(x, 10m)'),
  of('page_hinkley', 'page_hinkley(x)'),
  of('rate_of_change', 'rate_of_change(x, 1m)'),
  of('flatline', 'flatline(x, 5m)'),
  of('seasonal', 'seasonal(x, 5m)'),
  of('holt_winters', 'holt_winters(x, 4m)'),
  of('new_range', 'new_range(x)'),
  of('half_space', 'half_space(x)'),
  of('spectral', 'spectral(x, 0.1 Hz, 0.2 Hz)'),
  of('discord', 'discord(x)'),
  of('change_point', 'change_point(x)'),
  of('likelihood', 'likelihood(x)'),
  of('anomaly', 'anomaly(x)', 300_000),
  of('mahalanobis of 2', 'mahalanobis(x, y, 10m)'),
  of('mewma of 2', 'mewma(x, y, 10m)'),
  of('half_space of 2', 'half_space(x, y)'),
  of('anomaly of 2', 'anomaly(x, y)', 300_000),
];

function of(name: string, call: string, target = MILLION): DetectorCall {
  return { name, call, target };
}
