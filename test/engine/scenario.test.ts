import { describe, expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { compareModes } from '../../engine/scenario/compare-modes.ts';
import { coverageOf, patternCoverage } from '../../engine/scenario/coverage.ts';
import { ALL_MODES } from '../../engine/scenario/modes.ts';
import { OutputRecord } from '../../engine/scenario/output-record.ts';
import { runScenario } from '../../engine/scenario/run-scenario.ts';
import { type ScenarioInput, scenarioInput } from '../../engine/scenario/scenario-input.ts';

/** The runner itself; what it says of rules is in test/scenarios. */
const RULES = `
stream m from nats "m.*" json { key id: symbol = subject[2]  x: float in 0..100  time ts as ms  lateness 5s }
stream m_10s = from m window tumbling 10s select count() as n, max(x) as peak
stream lasting = from m window tumbling 10s select until - time as took, last(time) as newest
rule over on m { high when x > 10 for 5s  critical when x > 90 for 5s  clear after 5s }
rule never on m { low when x < 0 }
`;

describe('what a failure says', () => {
  test.each([
    ['over("m1") high raised at 9s', 'it was raised at 8s, went to critical at 18s, was cleared at 28s'],
    ['over("m1") critical raised', 'it was raised as high at 8s, went to critical at 18s, was cleared at 28s'],
    [
      'over("m1") raised at 9000ms',
      'it was raised as high at 8000ms, went to critical at 18000ms, was cleared at 28000ms',
    ],
    [
      'over("m1") raised { x: 12 }',
      'it was raised as high at 8s with x: 11, went to critical at 18s with x: 91, was cleared at 28s with x: 0',
    ],
    ['over("m2") raised', 'it raised no alert for this key, only for ("m1")'],
    ['never raised', 'it raised no alert'],
    ['no over cleared', 'it was cleared at 28s for ("m1")'],
    ['no over("m1") raised before 9s', 'it was raised as high at 8s'],
    ['m_10s("m1") { n: 10 } at 20s', 'its rows: at 0s with n: 10, at 10s with n: 10'],
    [
      'lasting("m1") { took: 90s, newest: 2m }',
      'its rows: at 0s with took: 10s, newest: 9s, at 10s with took: 10s, newest: 19s',
    ],
    ['m_10s("m2")', 'it gave no row for this key, only for ("m1")'],
  ])('expect %s', (expectation, happened) => {
    const { failures } = run(
      `feed m { id: "m1" } every 1s x: 0 for 3s, 11 for 10s, 91 for 10s, 0 for 5s  expect ${expectation}`,
    );
    expect(failures).toEqual([
      { line: 8, text: `expect ${expectation}`, message: `expected ${expectation}; ${happened}` },
    ]);
  });

  test('fed events that the schema refused are named', () => {
    const { failures } = run('feed m { id: "m1" } every 1s x: 101 for 10s  expect over("m1") raised');
    expect(failures[0]!.message).toMatch(
      /it raised no alert; 10 fed events were rejected: x is 101, outside 0\.\.100$/,
    );
  });
});

describe('time in expectations', () => {
  const feed = 'feed m { id: "m1" } every 1s x: 11 for 20s';
  test.each([
    ['at 5s', true],
    ['at 5001ms', false],
    ['before 5s', false],
    ['before 5001ms', true],
    ['after 5s', false],
    ['after 4999ms', true],
    ['between 5s and 6s', true],
    ['between 4s and 5s', true],
    ['between 5001ms and 6s', false],
  ])('raised %s', (when, isMet) => {
    expect(run(`${feed}  expect over raised ${when}`).failures.length).toBe(isMet ? 0 : 1);
    expect(run(`${feed}  expect no over raised ${when}`).failures.length).toBe(isMet ? 1 : 0);
  });
});

describe('numbers in expectations', () => {
  const feed = 'feed m { id: "m1" } every 1s x: 0.3 for 20s';
  test.each([
    ['0.3', true],
    ['0.30000000001', true],
    ['0.300000001', false],
    ['null', false],
  ])('peak: %s', (value, isMet) => {
    expect(run(`${feed}  expect m_10s { peak: ${value} } at 0s`).failures.length).toBe(isMet ? 0 : 1);
  });
});

describe('times in expectations', () => {
  test.each([
    ['newest: 9s', true],
    ['newest: 9001ms', false],
    ['took: 10s', true],
    ['took: 10s1ms', false],
  ])('%s', (value, isMet) => {
    const { failures } = run(`feed m { id: "m1" } every 1s x: 0 for 28s  expect lasting { ${value} } at 0s`);
    expect(failures.length).toBe(isMet ? 0 : 1);
  });
});

describe('modes', () => {
  const steps =
    'feed m { id: "m1" } every 1s x: noise 50 ~ 9 for 60s  feed m { id: "m2" } every 1s x: noise 50 ~ 9 for 60s';
  const { plan, tests } = compileTest(steps);

  test('a shuffle hands over in another order, and keeps all events and the end', () => {
    const [replay, , shuffled] = ALL_MODES.map(mode => scenarioInput(plan!, tests[0]!, { mode, tables: new Map() }));
    const times = (input: readonly ScenarioInput[] = []) =>
      input.flatMap(next => (next.kind === 'event' ? [next.event.timeUs] : []));
    expect(times(replay).toSorted()).toEqual(times(shuffled).toSorted());
    expect(times(replay)).not.toEqual(times(shuffled));
    expect(shuffled!.at(-1)).toEqual(replay!.at(-1));
  });

  test('arrival never falls', () => {
    for (const mode of ALL_MODES) {
      const arrivals = scenarioInput(plan!, tests[0]!, { mode, tables: new Map() }).map(({ arrivalUs }) => arrivalUs);
      expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));
    }
  });

  test('noise is the same every time', () => {
    expect(run(steps).outputs).toEqual(run(steps).outputs);
    expect(compareModes({ plan: plan!, test: tests[0]! }).differences).toEqual([]);
  });
});

describe('after a restore', () => {
  const row = (n: number) => ({ kind: 'row', name: 's', row: { timeUs: n, key: { id: 'a' }, values: { n } } }) as const;

  test('what comes again is kept once', () => {
    const record = new OutputRecord();
    const position = record.position();
    record.add(row(1));
    record.rewind(position);
    record.add(row(1));
    record.add(row(2));
    record.close();
    expect(record.contradictions).toEqual([]);
    expect([...record.series.values()]).toEqual([[row(1), row(2)]]);
  });

  test('what comes otherwise, or not again, is a contradiction', () => {
    const record = new OutputRecord();
    record.add(row(1));
    const position = record.position();
    record.add(row(2));
    record.add(row(3));
    record.rewind(position);
    record.add({ ...row(2), row: { ...row(2).row, values: { n: -0 } } });
    record.close();
    expect(record.contradictions).toEqual([
      expect.stringMatching(/^rows of s\("a"\) differs: /),
      expect.stringMatching(/^rows of s\("a"\) does not come again: /),
    ]);
  });
});

describe('coverage', () => {
  test('names levels that no alert has had, and a missing clear', () => {
    const { plan } = compileTest('');
    expect(coverageOf(plan!, [run('feed m { id: "m1" } every 1s x: 11 for 20s')])).toEqual([
      { rule: 'over', isReached: true, missing: ['critical', 'clear'] },
      { rule: 'never', isReached: false, missing: ['low', 'clear'] },
    ]);
    const both = [
      run('feed m { id: "m1" } every 1s x: 91 for 9s'),
      run('feed m { id: "m1" } every 1s x: 11 for 9s, 0 for 9s'),
    ];
    expect(coverageOf(plan!, both)[0]).toEqual({ rule: 'over', isReached: true, missing: [] });
  });

  test('names the steps of patterns that no event comes to, restarts or not', () => {
    const text = `stream m from nats "m.*" json { key id: symbol = subject[2]  x: float  time ts as ms }
      stream s = match a: m[x == 1] -> not m[x == 9] for 1s -> (b: m[x == 2] or c: m[x == 3]) -> m[x == 4] -> m[x == 5] within 1m select a.x
      rule r on a: m[x == 1] -> b: m[x == 2] within 1m { high }
      test "t" {
        feed m { id: "m1", x: 1 } at 1s
        feed m { id: "m1", x: 3 } at 5s
        restart at 20s
        feed m { id: "m1", x: 4 } at 25s
      }`;
    const { plan, tests } = compile({ file: 'a.mill', text });
    const results = [runScenario({ plan: plan!, test: tests[0]! })];
    expect(patternCoverage(plan!, results)).toEqual([
      { pattern: 's', missing: ['b', 'm (number 6 in the pattern)'] },
      { pattern: 'r', missing: ['b'] },
    ]);
    expect(patternCoverage(plan!, [])[1]).toEqual({ pattern: 'r', missing: ['a', 'b'] });
  });
});

function run(steps: string) {
  const { plan, tests } = compileTest(steps);
  return runScenario({ plan: plan!, test: tests[0]! });
}

function compileTest(steps: string) {
  const compiled = compile({ file: 'm.mill', text: `${RULES}test "t" {\n  ${steps}\n}` });
  expect(compiled.diagnostics).toEqual([]);
  return compiled;
}
