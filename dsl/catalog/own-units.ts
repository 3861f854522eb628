import type { TableUnit } from './units.ts';

/**
 * What machines report and mathjs lacks, or reads as something else (its `dB` is a tenth of a byte, its `VAR`
 * imaginary). They come before its table. The tenth dimension, `level`, keeps decibels apart from everything.
 */
export const OWN_UNITS: Readonly<Record<string, TableUnit>> = {
  percent: ['', '0.01', '0', 'NONE'],
  '%': ['', '0.01', '0', 'NONE'],
  permille: ['', '0.001', '0', 'NONE'],
  '‰': ['', '0.001', '0', 'NONE'],
  ppm: ['', '0.000001', '0', 'NONE'],
  ppb: ['', '0.000000001', '0', 'NONE'],
  d: ['0 0 1', '86400', '0', 'NONE'],
  // A turn is an angle, so rpm is an angular velocity and no frequency: 1 Hz is not silently 60 rpm.
  rev: ['0 0 0 0 0 0 0 1', '6.283185307179586', '0', 'NONE'],
  rpm: ['0 0 -1 0 0 0 0 1', '6.283185307179586/60', '0', 'NONE'],
  var: ['1 2 -3', '1', '0', 'SHORT'],
  VAR: ['1 2 -3', '1', '0', 'SHORT'],
  varh: ['1 2 -2', '3600', '0', 'SHORT'],
  VAh: ['1 2 -2', '3600', '0', 'SHORT'],
  dB: ['0 0 0 0 0 0 0 0 0 1', '1', '0', 'NONE'],
  gn: ['0 1 -2', '9.80665', '0', 'SHORT'], // standard gravity: `g` is the gram
  mph: ['0 1 -1', '0.44704', '0', 'NONE'],
  knot: ['0 1 -1', '1852/3600', '0', 'NONE'],
};

/** Other spellings of a name; prefixes stay in front (`µm` is `um`). Both code points of µ and Ω are in use. */
export const SPELLINGS: readonly (readonly [spelling: string, name: string])[] = [
  ['°C', 'degC'],
  ['°F', 'degF'],
  ['℃', 'degC'],
  ['℉', 'degF'],
  ['°', 'deg'],
  ['\u00b5', 'u'],
  ['\u03bc', 'u'],
  ['\u2126', 'ohm'],
  ['\u03a9', 'ohm'],
];

/** What people write for a unit that has another name here; only ever a suggestion. */
export const MISTAKEN_UNITS: Readonly<Record<string, string>> = {
  Nm: 'N*m',
  kNm: 'kN*m',
  kmh: 'km/h',
  kph: 'km/h',
  KMH: 'km/h',
  bpm: '1/min',
  cfm: 'ft^3/min',
  gpm: 'gal/min',
  lpm: 'L/min',
  Celsius: 'degC',
  deg_c: 'degC',
  DegC: 'degC',
  Kelvin: 'K',
  pct: '%',
  sqm: 'm^2',
  ms2: 'm/s^2',
  g0: 'gn',
  gee: 'gn',
  Cel: 'degC',
  y: 'year',
  w: 'week',
};
