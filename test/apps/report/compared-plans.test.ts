import { describe, expect, test } from 'vitest';
import { comparedPlans } from '../../../apps/report/compared-plans.ts';
import { compile } from '../../../dsl/compile.ts';
import type { Plan } from '../../../dsl/plan.ts';

function planOf(rules: string): Plan {
  const text = `stream motor from memory "motor" json { key device: symbol  temp: float degC  rms: float mm/s  time ts as ms }
${rules}`;
  return compile({ file: 'rules.mill', text }).plan!;
}

/** Of each rule its panels: the lines, then the limits. */
function drawn(before: string, after: string): Readonly<Record<string, readonly string[]>> {
  const { rules } = comparedPlans({ before: planOf(before), after: planOf(after) });
  return Object.fromEntries(
    rules.map(({ name, panels }) => [
      name,
      panels.map(({ lines, limits }) => [lines, limits].map(all => all.map(({ text }) => text).join(', ')).join(' | ')),
    ]),
  );
}

describe('what is drawn of two versions of rules', () => {
  test('what both look at once, with the limits of both', () => {
    expect(
      drawn('rule hot on motor { high when temp > 85 degC }', 'rule hot on motor { high when temp > 80 degC }'),
    ).toEqual({
      hot: ['temp | high > 80 degC, before: high > 85 degC'],
    });
  });

  test('a limit that is the same is drawn once', () => {
    const rule = 'rule hot on motor { high when temp > 85 degC }';
    expect(drawn(rule, rule)).toEqual({ hot: ['temp | high > 85 degC'] });
  });

  test('what the older version alone looks at, below', () => {
    expect(
      drawn(
        'rule hot on motor { high when avg(temp, 5m) > 85 degC }',
        'rule hot on motor { high when avg(temp, 1m) > 85 degC }',
      ),
    ).toEqual({
      hot: ['temp, avg(temp, 1m) | high > 85 degC', 'before: avg(temp, 5m) | before: high > 85 degC'],
    });
  });

  test('rules of one version alone', () => {
    expect(
      drawn('rule hot on motor { high when temp > 85 degC }', 'rule loud on motor { high when rms > 7 mm/s }'),
    ).toEqual({ loud: ['rms | high > 7 mm/s'], hot: ['before: temp | before: high > 85 degC'] });
  });

  test('each version is run with the streams alone that something is drawn of', () => {
    const rule = 'rule hot on motor { high when temp > 85 degC }';
    const { before, after, streams } = comparedPlans({ before: planOf(rule), after: planOf(rule) });
    expect(before).toEqual({ plan: planOf(rule), streams: [] });
    expect(after.streams).toEqual(['report:after:0']);
    expect([...streams]).toEqual([['report:after:0', 1]]);
  });
});
