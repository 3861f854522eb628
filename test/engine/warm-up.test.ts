import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { PLAN_VERSION, type Plan } from '../../dsl/plan.ts';
import { fillPlan } from '../../engine/plan-change/fill-plan.ts';
import { warmUps } from '../../engine/plan-change/warm-up.ts';
import { matchState } from '../../engine/state-identity.ts';

const STREAM = 'stream s from memory "s" json { key id: symbol  x: float  ok: bool  site: symbol  time ts as ms }\n';
const WINDOW = 'stream m = from s where ok window tumbling 1m select avg(x) as mean, count() as n\n';
const MINUTE_US = 60e6;
const EMPTY: Plan = { version: PLAN_VERSION, nodes: [] };

test.each([
  ['a bare condition', 'rule r on s { high when x > 1 }', 0],
  ['a range', 'rule r on s { high when x > avg(x, 1h) }', 60],
  ['the longest of two', 'rule r on s { high when x > avg(x, 1h) and max(x, 2h) > 3 clear when x < 0 }', 120],
  ['of `clear`', 'rule r on s { high when x > 1 clear when x < min(x, 10m) }', 10],
  ['of a range in a filter', 'rule r on s where x > avg(x, 5m) { high when x > 1 }', 5],
  ['a window', 'rule r on m { high when mean > 1 }', 1],
  ['a range over a window', 'rule r on m { high when mean > avg(mean, 1h) }', 61],
  ['a range of events', 'rule r on s { high when x > avg(x, 10 events) }', 0],
  ['what it does not read', 'rule r on s { high when x > 1 }\nrule q on s { low when x > avg(x, 9h) }', 0],
  ['a forecast', 'rule r on s { high when time_to(x, 9) < 2h }', 60],
  ['a forecast with a season', 'rule r on s { high when forecast(x, 2h, 1h, season 1d) > 9 }', 2 * 1440 + 60],
  ['a season', 'rule r on s { high when seasonal(x, 1d) > 4 }', 2 * 1440],
  ['a season that drifts', 'rule r on s { high when holt_winters(x, 7d) > 4 }', 2 * 7 * 1440],
  ['silence', 'rule r on silence of s for 2m { high }', 2],
])('%s', (_, rule, minutes) => {
  const plan = planOf(STREAM + WINDOW + rule);
  const found = warmUps(matchState(EMPTY, plan), plan).get('r');
  expect(found).toEqual(minutes === 0 ? undefined : { us: minutes * MINUTE_US, source: 's' });
});

test('what is kept is warm, and what is new beside it is not', () => {
  const rule = 'rule r on m { high when mean > avg(mean, 1h) }';
  const stored = planOf(STREAM + WINDOW + rule);
  const of = (next: Plan) => warmUps(matchState(stored, next), next).get('r')?.us;
  expect(of(planOf(STREAM + WINDOW + rule.replace('>', '<')))).toBe(undefined);
  expect(of(planOf(STREAM + WINDOW + rule.replace('1h', '2h')))).toBe(120 * MINUTE_US);
});

test('what is filled from stored series is warm, as far as these are kept', () => {
  const stored = planOf(`${STREAM}store s keep 30m`);
  const of = (rule: string) => {
    const next = planOf(`${STREAM}store s keep 30m\n${rule}`);
    const match = matchState(stored, next);
    return warmUps(match, next, fillPlan(match, { stored, next })).get('r')?.us;
  };
  expect(of('rule r on s { high when x > avg(x, 20m) }')).toBe(undefined);
  expect(of('rule r on s { high when x > avg(x, 50m) }')).toBe(20 * MINUTE_US);
});

function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 'rules.mill', text });
  expect(diagnostics).toEqual([]);
  return plan!;
}
