import { AGGREGATES } from './aggregates.ts';
import { BEARING_FUNCTIONS } from './bearing-functions.ts';
import { CALENDAR_FUNCTIONS } from './calendar-functions.ts';
import { DETECTORS } from './detectors.ts';
import { FORECASTS } from './forecasts.ts';
import { HISTORY_FUNCTIONS } from './history-functions.ts';
import { MATH_FUNCTIONS } from './math-functions.ts';
import type { ScalarFunction } from './scalar-function.ts';
import { SHAPE_FUNCTIONS } from './shape-functions.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';

/** Functions of plain values, by name. */
export const SCALAR_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  ...MATH_FUNCTIONS,
  ...CALENDAR_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...BEARING_FUNCTIONS,
};

/** Every name that can be called, for "did you mean". */
export function functionNames(): readonly string[] {
  const all = [SCALAR_FUNCTIONS, AGGREGATES, HISTORY_FUNCTIONS, SHAPE_FUNCTIONS, DETECTORS, FORECASTS].flatMap(
    Object.keys,
  );
  return [...all, 'alert'];
}

/** What other languages call them; only ever a suggestion. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  average: 'avg(x)',
  mean: 'avg(x)',
  std: 'stddev(x)',
  stdev: 'stddev(x)',
  variance: 'var(x)',
  quantile: 'percentile(x, q)',
  lag: 'prev(x, n)',
  previous: 'prev(x)',
  power: 'pow(x, n)',
  log: '`ln(x)` or `log10(x)`',
  len: 'length(text)',
  substr: 'substring(text, start, length)',
  to_lower: 'lower(text)',
  to_upper: 'upper(text)',
  nvl: '`x ?? y`',
  coalesce: '`x ?? y`',
  ifnull: '`x ?? y`',
  if: '`case when c then x else y end`',
  iif: '`case when c then x else y end`',
  now: '`time`, the time of the event',
  hour: 'hour_of_day(time, "zone")',
  minute: 'minute_of_hour(time)',
  weekday: 'day_of_week(time, "zone")',
  modulo: 'mod(x, n)',
  to_number: 'number(text)',
  str: 'text(x)',
  is_null: '`x is null`',
  count_distinct: 'distinct(x)',
  derivative: 'slope(x, 1m)',
  predict_linear: 'forecast(x, 2h)',
};
