import { describe, expect, test } from 'vitest';
import { knownUnit } from '../../dsl/catalog/unit.ts';
import { checkCondition, checkExpression, checkLiteralAs } from '../../dsl/check/expression.ts';
import type { Scope } from '../../dsl/check/scope.ts';
import { describeExpression } from '../../dsl/describe-expression.ts';
import type { ValueType } from '../../dsl/plan.ts';
import { diagnosticsOf, FakeScope, parseExpression, renderDiagnostic } from './expression-harness.ts';

/** `plan : type unit`; a bool has only its plan. */
function planOf(text: string, aggregates: Scope['aggregates'] = 'range'): string {
  const checked = checkExpression(parseExpression(text), new FakeScope(aggregates), diagnostic => {
    throw new Error(renderDiagnostic(text, diagnostic));
  });
  const { expression, type, unit } = checked!;
  const kind = unit?.kind === 'difference' ? ' difference' : '';
  return `${describeExpression(expression)}${type === 'bool' ? '' : ` : ${[type, unit?.text].filter(Boolean).join(' ')}${kind}`}`;
}

function errorsOf(text: string, aggregates: Scope['aggregates'] = 'range'): string[] {
  const scope = new FakeScope(aggregates);
  return diagnosticsOf(report => {
    expect(checkExpression(parseExpression(text), scope, report)).toBe(null);
  }).map(diagnostic => renderDiagnostic(text, diagnostic));
}

describe('constants get into the unit that they stand beside', () => {
  test.each([
    ['temp > 185 degF', 'temp > 85'],
    ['185 degF < temp', '85 < temp'],
    ['temp > 85 degC', 'temp > 85'],
    ['temp > limit', 'temp > 85'],
    ['tempF > limit', 'tempF > 185'],
    ['temp > 300 K', 'temp > 26.85'],
    ['tempK > 85 degC', 'tempK > 358.15'],
    ['pressure > 500 kPa', 'pressure > 5'],
    ['rms > -1 cm/s', 'rms > -10'],
    ['load > 90%', 'load > 90'],
    ['x > 90%', 'x > 0.9'],
    ['hours > 30m', 'hours > 0.5'],
    ['ago > 5 min', 'ago > 5m'],
    ['temp in 50 degF..20 degC', 'temp >= 10 and temp <= 20'],
    ['temp in (50 degF, 20 degC)', 'temp in (10, 20)'],
    ['temp ?? 50 degF', 'temp ?? 10 : float degC'],
    ['greatest(50 degF, temp)', 'greatest(10, temp) : float degC'],
    ['clamp(pressure, 0 Pa, 200 kPa)', 'clamp(pressure, 0, 2) : float bar'],
    ['case when ok then temp else 50 degF end', 'case when ok then temp else 10 end : float degC'],
    ['case when ok then 50 degF else temp end', 'case when ok then 10 else temp end : float degC'],
    ['case when ok then temp end', 'case when ok then temp else null end : float degC'],
    ['sin(30 deg)', 'sin(0.5235987755982988) : float'],
  ])('%s', (text, plan) => expect(planOf(text)).toBe(plan));

  test.each([
    ['tempF > temp', 'tempF > temp * 1.8 + 32'],
    ['temp > tempF', 'temp > (tempF - 32) / 1.8'],
    ['milliamps > amps', 'milliamps > amps * 1000'],
    ['hours > ago', 'hours * 3600000000 > ago'],
    ['sin(angle)', 'sin(angle * 0.017453292519943295) : float'],
  ])('of two fields the right one is converted, in the plan: %s', (text, plan) => expect(planOf(text)).toBe(plan));
});

describe('points and differences (MEANING.md 33)', () => {
  test.each([
    ['temp - prev(temp)', 'temp - prev(temp) : float K difference'],
    ['temp - prev(temp) > 5 degF', 'temp - prev(temp) > 2.7777777777777777'],
    ['temp - prev(temp) > 5 K', 'temp - prev(temp) > 5'],
    ['5 degF < temp - prev(temp)', '2.7777777777777777 < temp - prev(temp)'],
    ['abs(temp - prev(temp)) > 5 degC', 'abs(temp - prev(temp)) > 5'],
    ['tempF - temp', 'tempF - (temp * 1.8 + 32) : float degF difference'],
    ['temp - 80 degC > 5 K', 'temp - 80 > 5'],
    ['temp + 9 K > 300 K', 'temp + 9 > 26.85'],
    ['tempF + 5 K', 'tempF + 9 : float degF'],
    ['(temp - prev(temp)) + tempF', '(temp - prev(temp)) * 1.8 + tempF : float degF'],
    ['(temp - prev(temp)) + 9 degF', 'temp - prev(temp) + 5 : float K difference'],
    ['tempK - 5 K > 20 degC', 'tempK - 5 > 293.15'],
    ['tempK - prev(tempK) > 9 degF', 'tempK - prev(tempK) > 5'],
    ['temp * 2 > 100 degC', 'temp * 2 > 100'],
    ['temp / 2', 'temp / 2 : float degC'],
    ['temp / limit', 'temp / 85 : float'],
    ['temp / tempF', 'temp / ((tempF - 32) / 1.8) : float'],
    ['stddev(temp, 1h) > 9 degF', 'stddev(temp, 1h) > 5'],
    ['range(tempF, 1h) > 5 K', 'range(tempF, 1h) > 9'],
    ['delta(temp, 1h)', 'delta(temp, 1h) : float K difference'],
    ['var(temp, 1h)', 'var(temp, 1h) : float K^2'],
    ['slope(temp, 1m) > 6 K/min', 'slope(temp, 1m) > 0.1'],
    ['slope(tempF, 1m) > 10 K/min', 'slope(tempF, 1m) > 0.3'],
    ['avg(temp, 1h) > 185 degF', 'avg(temp, 1h) > 85'],
    ['avg(temp, 1h) - avg(temp, 1d) > 3 K', 'avg(temp, 1h) - avg(temp, 1d) > 3'],
  ])('%s', (text, plan) => expect(planOf(text)).toBe(plan));

  test.each([
    [
      'temp + 5 degC',
      'MR2204 temp + 5 degC: two temperatures (degC, degC) cannot be added (`temp` is a value in degC); a difference is in K: `temp + 5 K`',
    ],
    [
      '300 K - temp',
      'MR2204 300 K - temp: a temperature (degC) cannot be subtracted from a difference of temperatures (K) (this is a value in K)',
    ],
    [
      'temp - prev(temp) > tempF',
      'MR2204 tempF: a temperature (degF) cannot be compared with a difference of temperatures (K) (this is a value in K); subtract a temperature from the temperature first, or compare the difference with kelvins',
    ],
    [
      'sum(temp, 1h) > 5 degC',
      'MR2204 sum(temp, 1h): temperatures in degC cannot be added up, for their zero is arbitrary (`temp` is a value in degC); use `avg`, or subtract a temperature: `sum(x - 20 degC, …)`',
    ],
    [
      'temp * amps',
      'MR2204 temp * amps: a temperature in degC cannot be multiplied with a quantity with a unit (`temp` is a value in degC) (`amps` is a value in A); its zero is arbitrary: subtract a temperature first, `(temp - 20 degC)`, or declare it in K',
    ],
  ])('%s has no meaning', (text, error) => expect(errorsOf(text)).toEqual([error]));
});

describe('arithmetic', () => {
  test.each([
    ['1 + 2 * 3', '7 : int'],
    ['-(2 - 3.5)', '1.5 : float'],
    ['-n', '-n : int'],
    ['n + 1', 'n + 1 : int'],
    ['n + 1.5', 'n + 1.5 : float'],
    ['n / 2', 'n / 2 : float'],
    ['amps * volts', 'amps * volts : float A*V'],
    ['amps * volts > 5 kW', 'amps * volts > 5000'],
    ['amps / d.rated > 90%', 'amps / d.rated > 0.9'],
    ['milliamps / d.rated > 90%', 'milliamps / d.rated / 1000 > 0.9'],
    ['load * amps', 'load / 100 * amps : float A'],
    ['1 / hours', '1 / hours : float 1/h'],
    ['sqrt(rms * rms) > 1 cm/s', 'sqrt(rms * rms) > 10'],
    ['pow(rms, 2)', 'pow(rms, 2) : float mm^2/s^2'],
    ['pow(2, x)', 'pow(2, x) : float'],
    ['energy / 1h > 5 kW', 'energy / 3600 > 0.001388888888888889'],
    ['time - prev(time) > 5s', 'time - prev(time) > 5s'],
    ['time - prev(time) > 5 s', 'time - prev(time) > 5s'],
    ['time + 1h', 'time + 1h : time'],
    ['time - 5 min', 'time - 5m : time'],
    ['2 * ago', '2 * ago : duration'],
    ['ago / 50%', 'ago / 0.5 : duration'],
    ['ago / 1h', 'ago / 1h : float'],
    ['ago + 5m', 'ago + 5m : duration'],
    ['x / 0', 'x / 0 : float'],
    ['1 / 0', 'null : float'],
    ['energy - prev(energy)', 'energy - prev(energy) : float kWh'],
    ['integral(amps * volts, 1h) > 3 kWh', 'integral([amps * volts], 1h) > 10800000'],
    ['integral(temp - 20 degC, 1h)', 'integral([temp - 20], 1h) : float K*s'],
    ['rate(energy, 1h) > 5 kW', 'rate(energy, 1h) > 0.001388888888888889'],
    ['atan2(x, x) > 45 deg', 'atan2(x, x) > 0.7853981633974483'],
    ['bearing_outer(speed, 9, 1 cm, 40 mm) > 90 Hz', 'bearing_outer(speed / 60, 9, 10, 40) > 90'],
    ['bearing_cage(25 Hz, n, 10 mm, 40 mm, angle)', 'bearing_cage(25, n, 10, 40, angle) : float Hz'],
    ['spectral(x, 10 Hz, 0.1 kHz)', 'spectral(x, 10, 100) : float'],
    [
      'spectral(x, 10 Hz, 2 * bearing_cage(speed, 9, 10 mm, 40 mm))',
      'spectral(x, [10], [2 * bearing_cage(speed / 60, 9, 10, 40)]) : float',
    ],
  ])('%s', (text, plan) => expect(planOf(text)).toBe(plan));

  test.each([
    ['"a" + "b"', 'MR2103 "a": `+` cannot be applied to text (this is text); texts are put together by `concat(a, b)`'],
    ['-state', 'MR2103 -state: `-` cannot be applied to text (`state` is text)'],
    ['time + time', 'MR2103 time: `+` cannot be applied to a time (`time` is a time)'],
    ['amps + volts', 'MR2201 volts: a value in V cannot be added to a value in A (`amps` is a value in A)'],
    [
      'amps - 5',
      'MR2202 5: a number without a unit stands beside a value in A (`amps` is a value in A); write `5 A` if that is meant',
    ],
    [
      'x + 5 bar',
      'MR2206 5 bar: a value in bar cannot be added to a number without a unit (`x` is a number); declare it with a unit: `x: float bar`',
    ],
    [
      'pow(pow(pow(rms, 9), 9), 9)',
      'MR2205 pow(pow(pow(rms, 9), 9), 9): this power of a value in mm^81/s^81 has no unit; divide by one: `x / 1 mm^81/s^81`',
    ],
    [
      'bearing_outer(x, 9, 10 mm, 40 mm)',
      'MR2205 x: `bearing_outer` takes a rotation as `speed`, in rpm or Hz, and this is a number (`x` is a number); declare it with a unit: `x: float rpm`',
    ],
    [
      'bearing_outer(1500, 9, 10 mm, 40 mm)',
      'MR2205 1500: `bearing_outer` takes a rotation as `speed`, in rpm or Hz, and this is a number; write `1500 rpm` or `1500 Hz`',
    ],
    [
      'bearing_outer(speed, 9, 10, 40 mm)',
      'MR2202 10: a number without a unit stands beside a value in mm (`ball_diameter` is a value in mm); write `10 mm` if that is meant',
    ],
    [
      'spectral(x, 10 Hz, speed)',
      'MR2201 speed: a value in rpm cannot be used in place of a value in Hz (`high` is a value in Hz); a rotation is no frequency: 1 Hz of turns is `60 rpm`',
    ],
    ['sqrt(rms)', 'MR2205 sqrt(rms): the square root of a value in mm/s has no unit; divide by one: `x / 1 mm/s`'],
    [
      'exp(rms)',
      'MR2205 rms: `exp` takes a number without a unit as `x`, and this is a value in mm/s (`rms` is a value in mm/s); divide by one: `x / 1 mm/s`',
    ],
  ])('%s', (text, error) => expect(errorsOf(text)).toEqual([error]));
});

describe('comparison and logic', () => {
  test.each([
    ['state == "on"', 'state == "on"'],
    ['state == note', 'text(state) == note'],
    ['lower(state) == "on"', 'lower(state) == "on"'],
    ['state in ("a", "b")', 'state in ("a", "b")'],
    ['state not in ("a", "b")', 'not state in ("a", "b")'],
    ['q == good', 'q == good'],
    ['bad != q', 'bad != q'],
    ['q in (good, uncertain)', 'q in (good, uncertain)'],
    ['level >= high', 'level >= high'],
    ['not ok and x is not null or state is null', 'not ok and not x is null or state is null'],
    ['case when ok then good else q end', 'case when ok then good else q end : quality'],
    ['case when ok then state else note end', 'case when ok then text(state) else note end : string'],
    ['state in ("a", note)', 'text(state) in ("a", note)'],
    ['greatest(hours, ago)', 'greatest(hours * 3600000000, ago) : duration'],
    ['hours in (1h, 2 h)', 'hours in (1, 2)'],
    ['greatest(n, x)', 'greatest(n, x) : float'],
    ['null ?? x', 'null ?? x : float'],
    ['bit(n, 3)', 'bit(n, 3)'],
    ['hour_of_day(time, "Europe/Berlin") >= 6', 'hour_of_day(time, "Europe/Berlin") >= 6'],
  ])('%s', (text, plan) => expect(planOf(text)).toBe(plan));

  test('a literal beside symbols is a symbol', () => {
    const checked = checkExpression(parseExpression('"on" == state'), new FakeScope(), () => {});
    expect(checked?.expression).toMatchObject({ left: { kind: 'literal', type: 'symbol', value: 'on' } });
  });

  test.each([
    [
      'temp > 5 bar',
      'MR2201 5 bar: a value in bar cannot be compared with a value in degC (`temp` is a value in degC)',
    ],
    [
      'temp > 85',
      'MR2202 85: a number without a unit stands beside a value in degC (`temp` is a value in degC); write `85 degC` if that is meant',
    ],
    [
      'load > 90',
      'MR2202 90: a number without a unit stands beside a value in % (`load` is a value in %); write `90%` if that is meant',
    ],
    [
      'ago > 5',
      'MR2202 5: a number without a unit cannot be compared with a duration (`ago` is a duration); a duration has a unit: `5s`, `5m`, `5h`',
    ],
    [
      'temp ?? 0',
      'MR2202 0: a number without a unit stands beside a value in degC (`temp` is a value in degC); write `0 degC` if that is meant',
    ],
    [
      'x > 5 bar',
      'MR2206 5 bar: a value in bar cannot be compared with a number without a unit (`x` is a number); declare it with a unit: `x: float bar`',
    ],
    [
      'speed > 25 Hz',
      'MR2201 25 Hz: a value in Hz cannot be compared with a value in rpm (`speed` is a value in rpm); a rotation is no frequency: 1 Hz of turns is `60 rpm`',
    ],
    [
      'temp > 85 C',
      'MR2201 85 C: a value in C cannot be compared with a value in degC (`temp` is a value in degC); `C` is the coulomb; degrees Celsius are `degC`',
    ],
    ['temp > 85 Degc', 'MR2203 Degc: `Degc` is not a unit; did you mean `degC`?'],
    ['state > 5', 'MR2101 5: a number cannot be compared with text (`state` is text)'],
    [
      'x == "5"',
      'MR2101 "5": text cannot be compared with a number (`x` is a number); a number stands without quotes; `number(text)` reads one from text',
    ],
    [
      'q == "good"',
      'MR2101 "good": text cannot be compared with a quality (`q` is a quality); write `good` without quotes',
    ],
    ['temp == null', 'MR2105 temp == null: a comparison with null is never true; write `… is null`'],
    [
      'ok > true',
      'MR2106 ok > true: conditions have no order (`ok` is a condition); write the condition itself, or `not` before it',
    ],
    [
      'temp in 20 degC..10 degC',
      'MR2110 temp in 20 degC..10 degC: nothing lies in this range: it ends below its start',
    ],
    [
      'temp and ok',
      'MR2102 temp: `and` needs a condition, and this is a value in degC (`temp` is a value in degC); compare it: `temp > …`',
    ],
  ])('%s', (text, error) => expect(errorsOf(text)).toEqual([error]));
});

describe('names', () => {
  test.each([
    ['tmp > 85 degC', 'MR2001 tmp: there is no field `tmp` here; did you mean `temp`?'],
    ['state == running', 'MR2001 running: there is no field `running` here; text stands in quotes: `"running"`'],
    ['q == godo', 'MR2001 godo: there is no quality `godo`; did you mean `good`?'],
    [
      'x > good',
      'MR2001 good: there is no field `good` here; `good` is a quality: it stands beside a field of that type, `q == good`',
    ],
    [
      'case when ok then high end',
      'MR2001 high: there is no field `high` here; `high` is a severity: it stands beside one, `severity >= high`',
    ],
    ['d > 5', 'MR2003 d: `d` is a row of several fields, not a value; say which: `d.rated`'],
    ['d.rate > 5 A', 'MR2004 rate: `d` has no field `rate`; did you mean `rated`?'],
    ['temp.x > 5', 'MR2004 temp: `temp` is a single value and has no `x`'],
    ['mean(temp, 1h) > 5 degC', 'MR2002 mean: there is no function `mean`; here it is `avg(x)`'],
    ['cuont(1h) > 5', 'MR2002 cuont: there is no function `cuont`; did you mean `count`?'],
    [
      '$.t > 5',
      "MR2005 $.t: a path in the message can only stand in a field's declaration; declare a field for it in the stream: `amps: float A = $.values[0]`",
    ],
  ])('%s', (text, error) => expect(errorsOf(text)).toEqual([error]));

  test('all errors are told, and none twice', () => {
    expect(
      errorsOf('tmp > 85 and good == missing and time_to(temp, 85) > 3s and temp > 85').map(
        error => error.split(':')[0],
      ),
    ).toEqual(['MR2001 tmp', 'MR2001 missing', 'MR2202 85', 'MR2202 85']);
  });
});

describe('aggregates and history', () => {
  test.each([
    ['count(1h) > 5', 'count(1h) > 5'],
    ['count(temp, hour) > 5', 'count(temp, 1h) > 5'],
    ['max(rms, 10 events)', 'max(rms, 10 events) : float mm/s'],
    ['p95(rms, 1h) > 7.1 mm/s', 'p95(rms, 1h) > 7.1'],
    ['percentile(rms, 95%, 1h)', 'p95(rms, 1h) : float mm/s'],
    ['avg(n, 1h)', 'avg(n, 1h) : float'],
    ['sum(n, 1h)', 'sum(n, 1h) : int'],
    ['avg(rms * 2, 1h)', 'avg([rms * 2], 1h) : float mm/s'],
    ['max(avg(temp, 10s), 1h)', 'max(avg(temp, 10s), 1h) : float degC'],
    ['duration(state == "on", 1h) > 5m', 'duration([state == "on"], 1h) > 5m'],
    ['argmax(temp, state, 1h) == "on"', 'argmax(temp, state, 1h) == "on"'],
    ['correlation(temp, amps, 1h) > 0.9', 'correlation(temp, amps, 1h) > 0.9'],
    ['ewma(temp, 10m, 1h)', 'ewma(temp, 600000000, 1h) : float degC'],
    ['mode(state, 1h)', 'mode(state, 1h) : symbol'],
    ['becomes(temp > 80 degC)', 'becomes([temp > 80])'],
    ['changed(state)', 'changed(state)'],
    ['prev(temp, 3)', 'prev(temp, 3) : float degC'],
    ['since(ok) > 5m', 'since(ok) > 5m'],
    ['max(temp - prev(temp), 1h)', 'max([temp - prev(temp)], 1h) : float K difference'],
    ['forecast(temp, 2h)', 'forecast(temp, 2h, 2h) : float degC'],
    ['forecast(temp, hour, 1d) > limit', 'forecast(temp, 1h, 1d) > 85'],
    ['forecast_low(temp, 2h, 90%) > 185 degF', 'forecast_low(temp, 2h, 90%, 2h) > 85'],
    ['forecast_high(n, 2h, 0.99, 50 events, season 1d)', 'forecast_high(n, 2h, 99%, 50 events, season 1d) : float'],
    ['time_to(temp, 185 degF) < 2 h', 'time_to(temp, [85], 1h) < 2h'],
    ['time_to(temp, tempK, 30m)', 'time_to(temp, [tempK - 273.15], 30m) : duration'],
    ['runs_out(load) < 1d', 'runs_out(load, [0], 1d) < 1d'],
    ['runs_out(load, 5%, 6h) < 1d', 'runs_out(load, [5], 6h) < 1d'],
    ['runs_out(temp, limit)', 'runs_out(temp, [85], 1d) : duration'],
  ])('%s', (text, plan) => expect(planOf(text)).toBe(plan));

  test.each([
    ['avg(temp)', 'avg(temp) : float degC'],
    ['max(avg(temp, 10s))', 'max(avg(temp, 10s)) : float degC'],
    ['avg(avg(temp), 10 events)', 'avg(avg(temp), 10 events) : float degC'],
    ['ewma(temp, 10m)', 'ewma(temp, 600000000) : float degC'],
    ['max(temp) - min(temp)', 'max(temp) - min(temp) : float K difference'],
  ])('in a window: %s', (text, plan) => expect(planOf(text, 'window')).toBe(plan));

  test.each([
    [
      'avg(temp) > 5 degC',
      'range',
      'MR3101 avg(temp): `avg` has neither a window nor a range; give it a range: `avg(x, 1h)`',
    ],
    ['count(1h) > 5', 'none', 'MR3102 count(1h): `count` is over several events, and `when` has none'],
    [
      'max(avg(temp))',
      'window',
      'MR3103 avg(temp): `avg` inside another aggregate needs a range of its own; give it a range: `avg(x, 1h)`',
    ],
    [
      'avg(temp, 30)',
      'range',
      'MR3104 30: the range has no unit; write `30s` for a time, `30 events` for a number of events',
    ],
    ['avg(temp, 5 min)', 'range', 'MR3104 5 min: `5 min` is a quantity, not a duration; a duration has no blank: `5m`'],
    ['prev(x) > 5', 'none', 'MR3105 prev(x): `prev` looks back at earlier events, and `when` has none'],
    [
      'max(temp, tempF)',
      'range',
      'MR2006 max(temp, tempF): `max` takes 1 argument, and here are 2; the greater of two values is `greatest(a, b)`; `max` is over time: `max(x, 1h)`',
    ],
    ['round()', 'range', 'MR2006 round(): `round` takes 1 to 2 arguments, and here are 0; it is `round(x, digits?)`'],
    ['percentile(temp, 95, 1h)', 'range', 'MR2110 95: `q` of `percentile` is between 0 and 1; write `95%` or `0.95`'],
    [
      'percentile(temp, x, 1h)',
      'range',
      'MR2109 x: `q` of `percentile` must be a constant; write the value itself, or the name of a `let`',
    ],
    [
      'hour_of_day(time, "Berlin") > 5',
      'range',
      'MR2110 "Berlin": there is no time zone "Berlin"; for example "Europe/Berlin" or "UTC"',
    ],
    [
      'bit(x, 3)',
      'range',
      'MR2104 x: `bit` takes a whole number (int) as `status`, and this is a number (`x` is a number); declare the field as int',
    ],
    [
      'duration() > 5m',
      'window',
      'MR3106 duration(): `duration()` is of the rows of session and state windows; how long a condition was true is `duration(c)`; how long a pane is, `until - time`',
    ],
    [
      'zscore(temp, 1h) rarer than 1 per 30d',
      'range',
      'MR3108 zscore(temp, 1h): only of `anomaly` it is known how rare it is; write for example `anomaly(temp) rarer than 1 per 30d`',
    ],
    [
      'anomaly(temp) rarer than 0 per 30d',
      'range',
      'MR3108 anomaly(temp) rarer than 0 per 30d: something that never comes is not rare; for example `1 per 30d`',
    ],
    [
      'avg(temp, 1h, adapt 7d)',
      'range',
      'MR3107 adapt 7d: only what learns can adapt, and it says so behind all else; as in `zscore(temp, 1h, adapt 7d)`',
    ],
    [
      'time_to(temp, limit, season 1d)',
      'range',
      'MR3109 season 1d: only a forecast has a season, and says so behind all else; as in `forecast(temp, 2h, season 1d)`',
    ],
    [
      'time_to(temp, limit, adapt 7d)',
      'range',
      'MR3107 adapt 7d: only what learns can adapt, and it says so behind all else; as in `zscore(temp, 1h, adapt 7d)`',
    ],
    ['forecast(temp, 2h, season 0s)', 'range', 'MR2110 0s: a season is at least `1ms`'],
    [
      'runs_out(temp)',
      'range',
      'MR3110 runs_out(temp): 0 degC is not empty; say which level is empty: `runs_out(x, 5 degC)`, or ask `time_to(x, 5 degC)`',
    ],
    [
      'forecast(temp)',
      'range',
      'MR2006 forecast(temp): `forecast` takes 2 arguments, and here is 1; it is `forecast(x, horizon)`',
    ],
    ['forecast(temp, 0s)', 'range', 'MR2110 0s: `horizon` of `forecast` is at least 1'],
    ['forecast(temp, 2h, 0s)', 'range', 'MR3104 0s: a range is longer than nothing; for example `1h` or `10 events`'],
    ['forecast_low(temp, 2h, 95)', 'range', 'MR2110 95: `probability` of `forecast_low` is between 0.5 and 0.9999'],
    [
      'forecast(temp, ago)',
      'range',
      'MR2109 ago: `horizon` of `forecast` must be a constant; write the value itself, or the name of a `let`',
    ],
    [
      'time_to(temp, 5 bar) < 2h',
      'range',
      'MR2201 5 bar: a value in bar cannot be used in place of a value in degC (`temp` is a value in degC)',
    ],
    [
      'time_to(temp, limit, 30)',
      'range',
      'MR3104 30: the range has no unit; write `30s` for a time, `30 events` for a number of events',
    ],
    [
      'forecast(temp, 2h) > limit',
      'none',
      'MR3105 forecast(temp, 2h): `forecast` looks back at earlier events, and `when` has none',
    ],
    [
      'zscore(temp)',
      'range',
      'MR3104 zscore(temp): `zscore` takes how far back it looks as its last argument; write for example `zscore(x, 1h)`',
    ],
    [
      'rising(temp)',
      'range',
      'MR2006 rising(temp): `rising` takes 2 arguments, and here is one; it is `rising(x, range)`',
    ],
    ['rising(temp, 1 events)', 'range', 'MR2110 1 events: `rising` is of at least 2 events'],
    [
      'falling(temp, 3)',
      'range',
      'MR3104 3: the range has no unit; write `3s` for a time, `3 events` for a number of events',
    ],
    [
      'falling(temp, rms)',
      'range',
      'MR3104 rms: the last argument says how far back; write for example `3 events` or `30s`',
    ],
    [
      'rising(temp, 3 events)',
      'none',
      'MR3105 rising(temp, 3 events): `rising` looks back at earlier events, and `when` has none',
    ],
    ['stays(temp, limit, 30s)', 'range', 'MR3085 limit: `stays` takes a range of values; for example `10..20`'],
    [
      'crosses(temp, 5 bar)',
      'range',
      'MR2201 5 bar: a value in bar cannot be used in place of a value in degC (`temp` is a value in degC)',
    ],
    [
      'stays(temp, 60 degC..5 bar, 30s)',
      'range',
      'MR2201 5 bar: a value in bar cannot be compared with a value in degC (`temp` is a value in degC)',
    ],
    [
      'abs(1..2)',
      'range',
      'MR3084 1..2: a range of values is no value; it stands behind `in`, and in `stays(temp, 10..20, 30s)`',
    ],
  ] as const)('%s (%s)', (text, aggregates, error) => expect(errorsOf(text, aggregates)).toEqual([error]));
});

describe('a condition', () => {
  test('must be true or false', () => {
    const text = 'temp';
    const errors = diagnosticsOf(report => checkCondition(parseExpression(text), new FakeScope(), report));
    expect(errors.map(error => renderDiagnostic(text, error))).toEqual([
      'MR2102 temp: `when` needs a condition, and this is a value in degC (`temp` is a value in degC); compare it: `temp > …`',
    ]);
  });

  test('may be null', () => {
    expect(checkCondition(parseExpression('null'), new FakeScope(), () => {})?.type).toBe('bool');
  });
});

describe('constants of fields', () => {
  const valueOf = (text: string, type: ValueType, unit?: string) =>
    checkLiteralAs(parseExpression(text), type, unit === undefined ? null : knownUnit(unit), diagnostic => {
      throw new Error(renderDiagnostic(text, diagnostic));
    })?.expression;

  test.each([
    ['70', 'float', 'degC', 70],
    ['-40', 'float', 'degC', -40],
    ['158 degF', 'float', 'degC', 70],
    ['9 degF', 'float', 'K', 260.3722222222222],
    ['30m', 'float', 'h', 0.5],
    ['90%', 'float', undefined, 0.9],
    ['90%', 'float', '%', 90],
    ['3.0', 'int', undefined, 3],
    ['"on"', 'symbol', undefined, 'on'],
    ['good', 'quality', undefined, 'good'],
    ['true', 'bool', undefined, true],
    ['5m', 'duration', undefined, 300_000_000],
    ['5s', 'time', undefined, 5_000_000],
    ['null', 'float', 'degC', null],
  ] as const)('%s as %s %s', (text, type, unit, value) => {
    expect(valueOf(text, type, unit)).toEqual({ kind: 'literal', type, value });
  });

  test.each([
    ['5 bar', 'float', 'degC', 'MR2201'],
    ['"cold"', 'float', 'degC', 'MR2108'],
    ['2.5', 'int', undefined, 'MR2108'],
    ['5', 'symbol', undefined, 'MR2108'],
    ['godo', 'quality', undefined, 'MR2001'],
    ['5', 'duration', undefined, 'MR2108'],
  ] as const)('%s is no %s %s', (text, type, unit, code) => {
    const errors = diagnosticsOf(report => {
      const checked = checkLiteralAs(parseExpression(text), type, unit === undefined ? null : knownUnit(unit), report);
      expect(checked).toBe(null);
    });
    expect(errors.map(error => error.code)).toEqual([code]);
  });
});
