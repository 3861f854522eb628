import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MatchNode, PatternPart } from '../../dsl/plan.ts';
import { PlanError, validatePlan } from '../../dsl/validate-plan.ts';
import { conditionNodes, patterns } from '../oracle/pattern-cases.ts';
import { planOf } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';

const step = (event: number, min = 1, max: number | null = 1): PatternPart => ({ kind: 'event', event, min, max });
const not = (event: number, forUs = 5): PatternPart => ({ kind: 'absence', event, forUs });
const sequence = (parts: readonly PatternPart[], more: object = {}): PatternPart => {
  const arrows = parts.slice(1).map(() => 'next' as const);
  return { kind: 'sequence', parts, arrows, withinUs: null, min: 1, max: 1, ...more };
};
const group = (kind: 'any' | 'all', parts: readonly PatternPart[], more: object = {}): PatternPart => {
  return { kind, parts, min: 1, max: 1, ...more };
};

/** a -> b+ -> c unless d, of events 0 to 3. */
const SOUND: MatchNode = {
  kind: 'match',
  id: 'w',
  input: 's',
  events: ['a', 'b', 'c', 'd'].map(name => ({ name, rows: null, when: '#much', condition: null })),
  root: sequence([step(0), step(1, 1, null), step(2)]),
  withinUs: 10,
  unless: [{ event: 3, between: [0, 2] }],
  skip: 'none',
  on: 'match',
  maxPartial: 1_000,
  values: [{ name: '#n', event: 1, take: { kind: 'aggregate', aggregate: 'count' }, column: null, type: 'int' }],
};

describe('a pattern from outside', () => {
  it('may be sound', () => {
    expect(problemsOf({})).toEqual([]);
    const alternatives = group('any', [sequence([step(2, 0, 3), step(3)])], { min: 2, max: null });
    expect(problemsOf({ root: sequence([not(0), step(1), alternatives]), unless: [] })).toEqual([]);
    const longBefore = sequence([sequence([not(0, 1_000), not(2, 100), step(1)]), step(3)]);
    expect(problemsOf({ root: longBefore, unless: [] })).toEqual([]);
    const either = group('any', [sequence([not(0, 1_000), step(1)]), step(2), step(3)]);
    expect(problemsOf({ root: either, unless: [], withinUs: null })).toEqual([]);
  });

  it.each<[string, Partial<Record<keyof MatchNode, unknown>>, string]>([
    ['no event', { events: [] }, '.events has 0 of them; a pattern has 1 to 31'],
    [
      'a condition that is none',
      { events: replacedEvent({ when: 'value' }) },
      '.events[0].when is a float; a condition',
    ],
    ['rows of what is not there', { events: replacedEvent({ rows: 'x' }) }, '.events[0].rows is "x", which the input'],
    [
      'a condition on what is not kept',
      { events: replacedEvent({ condition: { kind: 'column', type: 'bool', column: '#x' } }) },
      '.events[0].condition.column is "#x", which the input does not have',
    ],
    ['no time', { withinUs: 0 }, '.withinUs is 0, not a number from 1'],
    [
      'no time for several events',
      { withinUs: null },
      '.root may need more than one event, and there is no `withinUs`',
    ],
    ['to skip otherwise', { skip: 'all' }, '.skip is "all", which is none of'],
    ['rows otherwise', { on: 'start' }, '.on is "start", which is none of'],
    ['no partial match', { maxPartial: 0 }, '.maxPartial is 0, not a number from 1'],
    ['a part of no kind', { root: { kind: 'loop' } }, '.root.kind is "loop", which is none of'],
    ['no part', { root: sequence([]) }, '.root.parts is empty'],
    [
      'an arrow too few',
      { root: { ...sequence([step(0), step(1), step(2)]), arrows: ['next'] } },
      '.root.arrows has 1 for 3 parts',
    ],
    ['an event that is none', { root: sequence([step(9)]) }, '.root.parts[0].event is 9, which is no place'],
    ['an event twice', { root: sequence([step(0), step(0)]) }, '.root.parts[1].event is 0, which stands elsewhere'],
    ['an event that is nowhere', { root: sequence([step(0), step(2)]) }, '.unless and the steps leave out event 1'],
    ['half an event', { root: sequence([step(0, 0.5)]) }, '.root.parts[0].min is 0.5, not a whole number'],
    ['less at most than at least', { root: sequence([step(0, 3, 2)]) }, '.root.parts[0].max is 2, neither null nor'],
    ['nothing that has to come', { root: sequence([step(0, 0), step(1, 0)]) }, '.root can be complete without any'],
    ['nothing but absences', { root: sequence([not(0), not(1)]) }, '.root can be complete without any event'],
    [
      'a last step that may be empty',
      { root: sequence([step(0), step(1, 0)]) },
      '.root.parts[1] comes last and can be',
    ],
    [
      'an alternative that may be empty',
      { root: sequence([step(0), group('any', [step(1, 0), step(2)])]) },
      '.root.parts[1].parts[0] can be empty, and so it says nothing here',
    ],
    [
      'rounds without an event',
      { root: sequence([step(0), sequence([not(1)], { min: 2, max: 2 })]) },
      '.root.parts[1] has a quantifier, and can go by without any event',
    ],
    ['an absence for no time', { root: sequence([step(0), not(1, 0)]) }, '.root.parts[1].forUs is 0, not a number'],
    [
      'an absence for too long in a round that may be the second',
      { root: sequence([sequence([not(0, 10), step(1)], { min: 1, max: 2 }), step(2)]) },
      '.root.parts[0].parts[0].forUs is not shorter',
    ],
    [
      'an absence for too long behind what may have come',
      { root: sequence([step(0, 0), not(1, 10), step(2)]) },
      '.root.parts[1].forUs is not shorter',
    ],
    ['an absence for too long', { root: sequence([step(0), not(1, 10)]) }, '.root.parts[1].forUs is not shorter'],
    [
      'an absence for longer than its part',
      { root: sequence([step(0), sequence([step(1), not(2, 4)], { withinUs: 4 })]) },
      '.root.parts[1].parts[1].forUs is not shorter than the `within` around it',
    ],
    [
      'an absence first that nothing follows',
      { root: sequence([group('all', [not(0), step(1)]), step(2)]) },
      '.root.parts[0].parts[0] has nothing before it, and no event behind it in its own sequence',
    ],
    [
      'a guard that is a step',
      { unless: [{ event: 0, between: null }] },
      '.unless[0].event is 0, which stands elsewhere',
    ],
    [
      'a guard between what is not bound',
      { unless: [{ event: 3, between: [0, 3] }] },
      '.unless[0].between is [0,3], not',
    ],
    ['a value of a guard', { values: replacedValue({ event: 3 }) }, '.values[0].event is 3, which no step binds'],
    [
      'a value of no column',
      { values: replacedValue({ take: { kind: 'last' } }) },
      '.values[0].column is missing; only',
    ],
    [
      'a value of another type',
      { values: replacedValue({ take: { kind: 'first' }, column: 'site' }) },
      '.values[0].type is "int", and the column is a symbol',
    ],
    [
      'an aggregate that keeps all',
      { values: replacedValue({ take: { kind: 'aggregate', aggregate: 'median' }, column: 'value' }) },
      '.values[0].take.aggregate is "median", which is none of',
    ],
  ])('may have %s', (_, change, problem) => {
    expect(problemsOf(change).find(found => found.startsWith(problem))).toBeDefined();
  });

  it('may have an input that cannot even be shown as text', () => {
    expect(problemsOf({ input: { toString: 'A' } })[0]).toContain('no view before has this id');
  });

  it('never makes the check itself fail, wherever a value is another', () => {
    fc.assert(
      fc.property(patterns, fc.infiniteStream(fc.nat()), fc.jsonValue(), (node, places, value) => {
        problemsOf(changedSomewhere(node, places, value) as object);
      }),
      runs(1000),
    );
  });
});

function replacedEvent(change: object): unknown {
  return SOUND.events.map((event, index) => (index === 0 ? { ...event, ...change } : event));
}

function replacedValue(change: object): unknown {
  return [{ ...SOUND.values[0]!, ...change }];
}

/** Each with its path behind that of the node. */
function problemsOf(change: object): readonly string[] {
  const nodes = [...conditionNodes, { ...SOUND, ...change } as MatchNode];
  const plan = planOf({ latenessUs: 0, idleUs: null }, ...nodes);
  try {
    validatePlan(plan);
    return [];
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return error.problems.map(problem => problem.replace(`$.nodes[${nodes.length}]`, ''));
  }
}

function changedSomewhere(json: unknown, places: Iterator<number>, value: unknown): unknown {
  if (typeof json !== 'object' || json === null) return value;
  const names = Object.keys(json);
  const name = names[places.next().value % (names.length + 1)];
  if (name === undefined) return value;
  const changed = changedSomewhere((json as Record<string, unknown>)[name], places, value);
  return Array.isArray(json) ? json.with(Number(name), changed) : { ...json, [name]: changed };
}
