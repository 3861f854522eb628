import type { DetectorName, ForecastName, ValueType } from '../plan.ts';
import type { Parameter } from './signature.ts';
import { knownUnit } from './unit.ts';

/**
 * Documentation and signature of a detector: a function of a key's readings that says how unusual the newest one is, by those
 * before it.
 */
export type DetectorFunction = {
  readonly doc: string; // one sentence
  /** Where it was published. */
  readonly source: string;
  /** What it has to see before it says anything. */
  readonly warmUp: string;
  /** Columns first, then settings and constants. */
  readonly parameters: readonly Parameter[];
  /** `zscore(x, 1h)`: whether an argument behind the others says how far back it looks. */
  readonly hasRange: boolean;
  /** Whether it learns what is normal, so that `adapt 7d` may stand behind all else. */
  readonly learns: boolean;
  /** Whether it says which of several arguments is the most unusual. */
  readonly namesArgument?: true;
  /** Whether `rarer than 1 per 30d` may stand behind it. */
  readonly tellsPeriod?: true;
  readonly result: { readonly type: ValueType; readonly unit?: 'first' | 'per-second' };
};

const HERTZ = knownUnit('Hz');
const QUANTITY: Parameter = { name: 'x', accepts: 'quantity' };
const SEVERAL: Parameter = { name: 'y', accepts: 'quantity', isRepeated: true };
const PERIOD: Parameter = { name: 'period', accepts: 'duration', isConstant: true, least: 1000 };

const SCORE = { type: 'float' } as const;

/** Detectors but for those that look ahead (forecasts.ts). */
export type JudgeName = Exclude<DetectorName, ForecastName>;

export const DETECTORS: Readonly<Record<JudgeName, DetectorFunction>> = {
  zscore: {
    doc: 'Standard deviations between x and the mean of the readings before it.',
    source: 'Shewhart 1931',
    warmUp: '30 readings',
    parameters: [QUANTITY],
    hasRange: true,
    learns: true,
    result: SCORE,
  },
  mad: {
    doc: 'How far x lies from the median of the readings before it, in median distances from that, scaled to standard deviations.',
    source: 'Hampel 1974',
    warmUp: '15 readings, one of each 63rd of the range',
    parameters: [QUANTITY],
    hasRange: true,
    learns: true,
    result: SCORE,
  },
  iqr: {
    doc: 'How far x lies above the upper quartile of the readings before it, or (negative) below the lower one, in distances between the two; 0 in between.',
    source: 'Tukey 1977',
    warmUp: '15 readings, one of each 63rd of the range',
    parameters: [QUANTITY],
    hasRange: true,
    learns: true,
    result: SCORE,
  },
  ewma_z: {
    doc: 'Standard deviations between x and the exponentially weighted mean of the readings before it, whose time constant is the range.',
    source: 'Roberts 1959; Finch 2009',
    warmUp: '30 readings',
    parameters: [QUANTITY],
    hasRange: true,
    learns: true,
    result: SCORE,
  },
  cusum: {
    doc: 'How far readings have been above the mean of those before, or (negative) below, added up as long as it goes on, in standard deviations; a shift is beyond 5.',
    source: 'Page 1954',
    warmUp: '30 readings',
    parameters: [QUANTITY],
    hasRange: true,
    learns: true,
    result: SCORE,
  },
  page_hinkley: {
    doc: 'As `cusum`, against the mean of all readings before; finds smaller shifts, later; a shift is beyond 25.',
    source: 'Hinkley 1971',
    warmUp: '30 readings',
    parameters: [QUANTITY],
    hasRange: false,
    learns: true,
    result: SCORE,
  },
  rate_of_change: {
    doc: 'How much x has changed per second since the reading that is as old as the range.',
    source: 'a difference quotient',
    warmUp: 'the range',
    parameters: [QUANTITY],
    hasRange: true,
    learns: false,
    result: { type: 'float', unit: 'per-second' },
  },
  flatline: {
    doc: 'Whether x has stood still for the whole range, to within a fiftieth of what it usually changes from one reading to the next.',
    source: 'a stuck-sensor test (IOOS QARTOD 2020)',
    warmUp: 'the range',
    parameters: [QUANTITY],
    hasRange: true,
    learns: false,
    result: { type: 'bool' },
  },
  seasonal: {
    doc: 'Standard deviations between x and what it usually is at this place in its period.',
    source: 'Cleveland et al. 1990 (cycle-subseries)',
    warmUp: 'one period',
    parameters: [QUANTITY, PERIOD],
    hasRange: false,
    learns: true,
    result: SCORE,
  },
  holt_winters: {
    doc: 'Standard deviations between x and its forecast by level, trend and season.',
    source: 'Winters 1960',
    warmUp: 'two periods',
    parameters: [QUANTITY, PERIOD],
    hasRange: false,
    learns: true,
    result: SCORE,
  },
  new_range: {
    doc: 'How far x lies above all readings before it, or (negative) below, in parts of the range that they have; 0 within it.',
    source: 'records (Chandler 1952)',
    warmUp: '100 readings',
    parameters: [QUANTITY],
    hasRange: false,
    learns: true,
    result: SCORE,
  },
  mahalanobis: {
    doc: 'The distance of a reading of several fields from the mean of those before it, in standard deviations that mind how they vary together.',
    source: 'Mahalanobis 1936',
    warmUp: '30 readings, and 10 for each field',
    parameters: [QUANTITY, SEVERAL],
    hasRange: true,
    learns: true,
    namesArgument: true,
    result: SCORE,
  },
  mewma: {
    doc: 'As `mahalanobis`, of an exponentially weighted mean of the readings: finds small shifts that last.',
    source: 'Lowry et al. 1992',
    warmUp: '100 readings',
    parameters: [QUANTITY, SEVERAL],
    hasRange: true,
    learns: true,
    namesArgument: true,
    result: SCORE,
  },
  half_space: {
    doc: 'How lonely a reading of one or more fields is among the last 250, in 0..1.',
    source: 'Tan, Ting & Liu 2011',
    warmUp: '500 readings',
    parameters: [{ ...SEVERAL, name: 'x' }],
    hasRange: false,
    learns: false,
    result: SCORE,
  },
  spectral: {
    doc: 'The root mean square of what x swings between two frequencies, in Hz, over the last 256 readings; these may be constants, or follow what another field says.',
    source: 'Cooley & Tukey 1965',
    warmUp: '256 readings without a gap',
    parameters: [
      QUANTITY,
      { name: 'low', accepts: 'number', inUnit: HERTZ, isSetting: true, least: 0 },
      { name: 'high', accepts: 'number', inUnit: HERTZ, isSetting: true, least: 0 },
    ],
    hasRange: false,
    learns: false,
    result: { type: 'float', unit: 'first' },
  },
  discord: {
    doc: 'How little the shape of the last 16 readings looks like any of 216 before it, in 0..1; looked at with each eighth reading.',
    source: 'Yeh et al. 2016',
    warmUp: '64 readings',
    parameters: [QUANTITY],
    hasRange: false,
    learns: false,
    result: SCORE,
  },
  change_point: {
    doc: 'How likely it is that level or spread of x have changed within the last ten readings, in 0..1.',
    source: 'Adams & MacKay 2007',
    warmUp: '30 readings',
    parameters: [QUANTITY],
    hasRange: false,
    learns: false,
    result: SCORE,
  },
  likelihood: {
    doc: 'How unlikely it is that a score has been as high as in the last ten readings by chance, in 0..1.',
    source: 'Ahmad et al. 2017',
    warmUp: '100 readings',
    parameters: [{ name: 'score', accepts: 'number' }],
    hasRange: false,
    learns: false,
    result: SCORE,
  },
  anomaly: {
    doc: 'How rare x is by its level, its distance from the last few readings, trend, spread and time of day together: 0.999 is one reading in a thousand. `anomaly(x) rarer than 1 per 30d` becomes true once in 30 days where nothing is wrong, and stays so as long as what was rare. Of several values: how they stand to each other.',
    source:
      'conformal: Laxhammar & Falkman 2014; Pólya trees: Lavine 1992; of several: Lowry et al. 1992, Hotelling 1931',
    warmUp: '50 readings; of several values 300',
    parameters: [{ ...SEVERAL, name: 'x' }],
    hasRange: false,
    learns: true,
    namesArgument: true,
    tellsPeriod: true,
    result: SCORE,
  },
};
