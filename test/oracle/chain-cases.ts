import fc from 'fast-check';
import { columnsOf, type MatchNode, type PatternEvent, type PatternPart } from '../../dsl/plan.ts';
import { type Condition, conditionOf, isValid, streams, valuesOf, withins } from './pattern-cases.ts';

/**
 * Chains of `~>` whose rows say all: each row moves a partial match on or ends it. `nested` puts the first steps into a part,
 * `times` asks for the last one several times, `rows` of one stream alone may be looked at.
 */
export const chainPatterns: fc.Arbitrary<MatchNode> = fc
  .record({
    whens: fc.array(fc.constantFrom(null, null, '#some', '#much', '#little'), { minLength: 2, maxLength: 5 }),
    wanted: fc.array(
      fc.constantFrom<Condition[]>(
        ...(['none', 'none', 'above-before', 'above-before', 'as-first', 'above-own-last'] as const),
      ),
      { minLength: 5, maxLength: 5 },
    ),
    rows: streams,
    isNested: fc.boolean(),
    times: fc.constantFrom(1, 1, 2, 3),
    shown: fc.array(fc.boolean(), { minLength: 25, maxLength: 25 }),
    withinUs: withins,
    skip: fc.constantFrom('past-last' as const, 'none' as const),
    maxPartial: fc.constantFrom(1_000, 1_000, 7, 2),
  })
  .map(({ whens, wanted, rows, isNested, times, shown, ...settings }): MatchNode => {
    const step = (event: number): PatternPart => {
      const count = event > 0 && event === whens.length - 1 ? times : 1;
      return { kind: 'event', event, min: count, max: count };
    };
    const strict = (parts: readonly PatternPart[]): PatternPart => {
      return { kind: 'sequence', parts, arrows: parts.slice(1).map(() => 'strict'), withinUs: null, min: 1, max: 1 };
    };
    const steps = whens.map((_, event) => step(event));
    const root = isNested && steps.length > 2 ? strict([strict(steps.slice(0, 2)), ...steps.slice(2)]) : strict(steps);
    const numbers = whens.map((_, event) => event);
    const values = numbers.flatMap(valuesOf).filter(({ take }) => take.kind !== 'aggregate');
    const events = whens.map((when, event): PatternEvent => {
      const condition = conditionOf(wanted[event]!, event, { root, steps: numbers });
      return { name: `e${event}`, rows, when, condition };
    });
    const read = new Set(events.flatMap(({ condition }) => (condition === null ? [] : columnsOf(condition))));
    return {
      kind: 'match',
      id: 'w',
      input: 's',
      root,
      events,
      unless: [],
      on: 'match',
      ...settings,
      values: values.filter(({ name }, i) => shown[i]! || read.has(name)),
    };
  })
  .filter(isValid);
