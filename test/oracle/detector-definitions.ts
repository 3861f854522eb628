import { changePoints } from './change-point.ts';
import * as oracle from './detectors.ts';
import { halfSpace } from './half-space.ts';
import { holtWinters, seasonal } from './seasonal-detectors.ts';
import { flatline, likelihood } from './simple-detectors.ts';

export type Definition = {
  /** Of the columns x and y, whose readings are about a second apart. */
  readonly call: string;
  /** What it says of all readings at once. */
  readonly of: (readings: readonly oracle.OracleReading[]) => readonly (number | null)[];
  /** How far an answer may be off: in parts of it, and at least so much. */
  readonly tolerance: number;
};

const S = 1_000_000;

/** Every detector whose definition can be written down as a computation over all readings. */
export const DEFINITIONS: readonly Definition[] = [
  define('zscore(x, 80s)', list => oracle.zscore(list, { us: 80 * S })),
  define('zscore(x, 64 events)', list => oracle.zscore(list, { events: 64 })),
  define('zscore(x, 60s, adapt 20s)', list => oracle.zscore(list, { us: 60 * S }, 20 * S)),
  define('cusum(x, 80s)', list => oracle.cusum(list, { us: 80 * S })),
  define('mad(x, 90s)', list => oracle.mad(list, { us: 90 * S })),
  define('mad(x, 40 events)', list => oracle.mad(list, { events: 40 })),
  define('iqr(x, 90s)', list => oracle.iqr(list, { us: 90 * S })),
  define('ewma_z(x, 60s)', list => oracle.ewmaZ(list, { us: 60 * S })),
  define('ewma_z(x, 40 events)', list => oracle.ewmaZ(list, { events: 40 })),
  define('page_hinkley(x)', list => oracle.pageHinkley(list)),
  define('new_range(x)', list => oracle.newRange(list)),
  define('rate_of_change(x, 20s)', list => oracle.rateOfChange(list, { us: 20 * S })),
  define('rate_of_change(x, 10 events)', list => oracle.rateOfChange(list, { events: 10 })),
  define('flatline(x, 10s)', list => flatline(list, { us: 10 * S })),
  define('flatline(x, 8 events)', list => flatline(list, { events: 8 })),
  define('seasonal(x, 48s)', list => seasonal(list, 48 * S)),
  define('holt_winters(x, 48s)', list => holtWinters(list, 48 * S)),
  define('mahalanobis(x, y, 100s)', list => oracle.mahalanobis(list, { us: 100 * S })),
  define('mewma(x, y, 100s)', list => oracle.mewma(list, { us: 100 * S })),
  define('half_space(x)', list => halfSpace(list), 0.05), // readings at an edge may be on either side of it
  define('half_space(x, y)', list => halfSpace(list), 0.05),
  define('discord(x)', list => oracle.discord(list)),
  define('spectral(x, 0.05 Hz, 0.2 Hz)', list => oracle.spectral(list, 0.05, 0.2)),
  define('change_point(x)', list => [...Array(30).fill(null), ...changePoints(oracle.valuesOf(list), 30, 20)], 0.02), // the gamma function by its series
  define('likelihood(x)', list => likelihood(list)),
];

function define(call: string, of: Definition['of'], tolerance = 1e-5): Definition {
  return { call, of: list => (list.length === 0 ? [] : of(list).slice(0, list.length)), tolerance };
}
