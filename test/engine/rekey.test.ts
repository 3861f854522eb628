import { describe, expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { compareModes } from '../../engine/scenario/compare-modes.ts';
import { SINGLE_ENGINE_MODES } from '../../engine/scenario/modes.ts';
import { runScenario } from '../../engine/scenario/run-scenario.ts';

/** Behind `by` (MEANING.md 6, docs/decisions/0004): no row is lost that was in time for its own key. */
const RULES = `
stream m from nats "m.*.*" json { key id: symbol = subject[3]  site: symbol = subject[2]  x: float  time ts as ms  lateness 5s  idle 30s }
stream own_10s = from m window tumbling 10s select count() as n
stream of_own = from own_10s window tumbling 1m by global select sum(n) as n
stream site_10s = from m window tumbling 10s by site select count() as n
`;

describe('behind by', () => {
  test('the first panes of all keys are there', () => {
    const { plan, test: block } = compileTest(`
      feed m { id: "a", site: "s" } every 1s x: 1 for 2m
      feed m { id: "b", site: "s" } every 1s x: 1 for 2m
      expect of_own { n: 120 } at 0s`);
    expect(runScenario({ plan, test: block }).failures).toEqual([]);
  });

  test('all panes of a hopping window are there', () => {
    const rules = RULES.replace('stream of_own = from own_10s', 'stream of_own = from hop').replace(
      'window tumbling 10s select',
      'window hopping 10s every 5s select',
    );
    const { plan, test: block } = compileTest(
      `
      feed m { id: "a", site: "s" } every 1s x: 1 for 2m
      feed m { id: "b", site: "s" } every 1s x: 1 for 2m
      expect of_own { n: 240 } at 0s`,
      rules.replace('own_10s', 'hop'),
    );
    const { failures, counters } = runScenario({ plan, test: block });
    expect(failures).toEqual([]);
    expect(counters.late).toBe(0);
  });

  test('events that are in time for their keys are in time for the site', () => {
    const { plan, test: block } = compileTest(`
      feed m { id: "a", site: "s" } every 1s x: 1 for 1m
      feed m { id: "b", site: "s" } every 700ms x: 1 for 1m`);
    for (let seed = 0; seed < 10; seed++) {
      const { differences } = compareModes({ plan, test: { ...block, title: `${seed}` }, modes: SINGLE_ENGINE_MODES });
      expect(differences.filter(difference => difference.includes('rows of site_10s'))).toEqual([]);
    }
  });

  test('what is late there is counted', () => {
    const { plan, test: block } = compileTest(`
      feed m { id: "a", site: "s" } every 1s x: 1 for 2m
      feed m { id: "b", site: "s", x: 1 } at 0s
      feed m { id: "b", site: "s", x: 1 } at 45s late 29s
      expect own_10s("b") { n: 1 } at 40s
      expect site_10s("s") { n: 10 } at 40s`);
    const { failures, counters } = runScenario({ plan, test: block });
    expect(failures).toEqual([]);
    expect(counters.late).toBeGreaterThan(0);
  });

  /** `a` is silent from 100s on, so that its clock is at 120s when `b` speaks again at 150s. */
  const ONE_SPEAKS_AGAIN = `
      feed m { id: "a", site: "s", x: 9 } at 100s
      feed m { id: "b", site: "s", x: 1 } at 119s late 31s
      feed m { id: "b", site: "s", x: 1 } at 121s late 29s
      feed m { id: "b", site: "s", x: 1 } at 200s
      expect no site_10s("s") { n: 1 } at 110s
      expect site_10s("s") { n: 1 } at 120s`;

  test('the time of a silent site is that of the clock of whichever key is furthest', () => {
    const { plan, test: block } = compileTest(ONE_SPEAKS_AGAIN, RULES.replace(/^stream o.*\n/gm, ''));
    expect(plan.nodes.map(({ id }) => id)).toEqual(['m', 'site_10s#by', 'site_10s#window', 'site_10s']);
    expect(runScenario({ plan, test: block }).failures).toEqual([]);
  });

  test('whatever else is due of its keys elsewhere', () => {
    expect(runScenario(compileTest(ONE_SPEAKS_AGAIN)).failures).toEqual([]);
  });
});

function compileTest(steps: string, rules = RULES) {
  const { plan, tests } = compile({ file: 'm.mill', text: `${rules}test "t" {${steps}\n}` });
  return { plan: plan!, test: tests[0]! };
}
