import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { slicePlan } from '../../engine/runtime/workers/plan-slices.ts';

const STREAMS = `stream pump from memory "pump" { key device: symbol  site: symbol  x: float }
stream line from memory "line" { key site: symbol  v: float }`;
const STOPPED = 'rule stopped on line { high when v <= 0 }';

it.each([
  {
    what: 'a rule that others suppress, with what serves it alone, is in the lane of both streams',
    rules: [
      STOPPED,
      'rule hot on pump { high when avg(x, 1h) > 3  suppress when alert("stopped", site) }',
      'rule cold on pump { low when x < 0 }',
    ],
    keyed: ['pump', 'pump#x < 0', 'rule:cold'],
    lanes: [['pump', 'line', 'line#v <= 0', 'rule:stopped', 'pump#1h', 'pump#avg(x, 1h) > 3', 'rule:hot']],
  },
  {
    what: 'what both need is in both',
    rules: [
      'rule site on pump by site { low when x > 3 }',
      'rule own on pump where x > 1 { low when avg(x, 1m) > 1 }',
      'stream high = from pump where x > 1 by site select x',
    ],
    keyed: ['pump', 'line', 'high#where', 'high#where#1m', 'high#where#avg(x, 1m) > 1', 'rule:own'],
    lanes: [['pump', 'high#by', 'high', 'rule:site#by', 'rule:site#by#x > 3', 'rule:site', 'high#where']],
  },
])('$what', ({ rules, keyed, lanes }) => {
  const slices = slicePlan(planOf([STREAMS, ...rules]));
  expect(idsOf(slices.keyed)).toEqual(keyed.toSorted());
  expect(slices.lanes.map(({ plan }) => idsOf(plan))).toEqual(lanes.map(ids => ids.toSorted()));
});

function idsOf({ nodes }: Plan): string[] {
  return nodes.map(({ id }) => id).sort();
}

function planOf(parts: readonly string[]): Plan {
  const { plan, diagnostics } = compile({ file: 'slices.mill', text: parts.join('\n') });
  expect(diagnostics).toEqual([]);
  return plan!;
}
