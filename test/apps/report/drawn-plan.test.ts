import { describe, expect, test } from 'vitest';
import { type DrawnPanel, drawnPlan } from '../../../apps/report/drawn-plan.ts';
import { compile } from '../../../dsl/compile.ts';
import { validatePlan } from '../../../dsl/validate-plan.ts';

const STREAMS = `
stream motor from memory "motor" json {
  key device: symbol
  temp: float degC
  rms: float mm/s
  offset: float s
  state: symbol
  q: quality default good
  time ts as ms
}
stream maintenance from memory "maintenance" json { key device: symbol  kind: symbol  time ts as ms }
stream motor_1m = from motor window tumbling 1m select avg(temp) as temp_avg, count() as n emit every 10s
`;

/** Panels in short: what is drawn, its unit, and its limits. */
function panelsOf(rules: string): string[] {
  const { plan, diagnostics } = compile({ file: 'rules.mill', text: `${STREAMS}${rules}` });
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
  const drawn = drawnPlan(plan!);
  expect(validatePlan(JSON.parse(JSON.stringify(drawn.plan)))).toEqual(drawn.plan);
  return drawn.rules.flatMap(({ panels }) => panels.map(textOf));
}

function textOf({ kind, lines, unit, limits }: DrawnPanel): string {
  const named = `${kind}: ${lines.map(({ text }) => text).join(', ')}${unit === null ? '' : ` [${unit}]`}`;
  return [
    named,
    ...limits.map(({ value, text, severity }) => `${value}: ${text}${severity === null ? ' -' : ''}`),
  ].join(' | ');
}

describe('what a report draws of a rule', () => {
  test('fields of its conditions, by unit, and their limits', () => {
    expect(
      panelsOf(`rule hot on motor {
        high when temp > 85 degC for 30s
        critical when temp > 95 degC and rms > 7 mm/s
        clear when temp < 80 degC for 1m
        while state == "running"
      }`),
    ).toEqual([
      'reading: temp [degC] | 85: high > 85 degC for 30s | 95: critical > 95 degC | 80: clear < 80 degC for 1m -',
      'reading: rms [mm/s] | 7: critical > 7 mm/s',
    ]);
  });

  test('an aggregate beside what it is of, and what has another unit by itself', () => {
    expect(panelsOf('rule warm on motor { low when avg(temp, 1h) > 60 degC and count(temp, 1h) > 300 }')).toEqual([
      'reading: temp, avg(temp, 1h) [degC] | 60: low > 60 degC',
      'reading: count(temp, 1h) | 300: low > 300',
    ]);
  });

  test('what has a unit of its own, as alerts tell it', () => {
    expect(panelsOf('rule rough on motor { low when stddev(temp, 1h) > 2 K }')).toEqual([
      'reading: temp [degC]',
      'reading: stddev(temp, 1h) [K] | 2: low > 2 K',
    ]);
  });

  test('limits on both sides, turned round, and shapes', () => {
    expect(panelsOf('rule off on motor { low when abs(offset) > 30 s  clear when 5 s > abs(offset) }')).toEqual([
      'reading: offset [s] | 30: low > 30 s | -30: low < -30 s | 5: clear < 5 s - | -5: clear > -5 s -',
    ]);
  });

  test('what a detector is of, and below it what it says', () => {
    expect(panelsOf('rule odd on motor { medium when zscore(rms, 10m) > 6 }')).toEqual([
      'reading: rms [mm/s]',
      'score: zscore(rms, 10m) | 6: medium > 6',
    ]);
  });

  test('how rare a reading is', () => {
    expect(panelsOf('rule odd on motor { medium when anomaly(rms) rarer than 1 per 30d }')).toEqual([
      'reading: rms [mm/s]',
      expect.stringMatching(/^score: anomaly\(rms\) period \| \d+: medium >=? 30d$/),
    ]);
  });

  test('rows of a stream, closing ones alone', () => {
    expect(panelsOf('rule warm on motor_1m { low when temp_avg > 60 degC and n >= 10 }')).toEqual([
      'reading: temp_avg [degC] | 60: low > 60 degC',
      'reading: n | 10: low >= 10',
    ]);
  });

  test('what the steps of a pattern ask of their rows, each in its stream', () => {
    expect(
      panelsOf(`rule wear on t: motor[temp > 90 degC] -> v: motor[rms > 7 mm/s] within 5m unless maintenance[kind == "start"] {
        high
        message "{device}"
      }`),
    ).toEqual(['reading: temp [degC] | 90: t > 90 degC -', 'reading: rms [mm/s] | 7: v > 7 mm/s -']);
  });

  test('silence, which has no number, as it is', () => {
    expect(panelsOf('rule silent on silence of motor for 2m { medium }')).toEqual(['condition: silent']);
  });

  test('whether a condition holds, where it reads no number', () => {
    expect(panelsOf('rule broken on motor { high when state == "fault" }')).toEqual(['condition: high']);
  });

  test('rules on one stream share what is drawn of it', () => {
    const { plan } = compile({
      file: 'rules.mill',
      text: `${STREAMS} rule a on motor { low when temp > 1 degC } rule b on motor { low when temp > 2 degC and rms > 1 mm/s }`,
    });
    const { plan: drawn, streams } = drawnPlan(plan!);
    expect(drawn.nodes.slice(plan!.nodes.length)).toMatchObject([{ kind: 'select', id: 'report:0', input: 'motor' }]);
    expect([...streams]).toEqual([['report:0', 2]]);
  });
});
