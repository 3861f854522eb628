import fc from 'fast-check';
import type {
  BoundValue,
  Expression,
  MatchNode,
  PatternEvent,
  PatternGuard,
  PatternPart,
  PlanNode,
  ValueType,
} from '../../dsl/plan.ts';
import { validatePlan } from '../../dsl/validate-plan.ts';
import type { PatternRow } from './partial-match.ts';
import { planOf, type TestEvent } from './plan-builder.ts';

/** What an event may be: of which of two streams, and a condition over the row alone. As columns, and as the oracle has them. */
const STREAMS = { '#north': 'north', '#south': 'south' } as const;
const CONDITIONS = {
  '#zero': { operator: '==', value: 0 },
  '#some': { operator: '>=', value: 1 },
  '#much': { operator: '>=', value: 2 },
  '#little': { operator: '<=', value: 1 },
} as const;

/** The columns that patterns read. */
export const conditionNodes: readonly PlanNode[] = [
  ...Object.entries(STREAMS).map(([id, site]): PlanNode => {
    const left = { kind: 'column', type: 'symbol', column: 'site' } as const;
    const right = { kind: 'literal', type: 'string', value: site } as const;
    return {
      kind: 'compute',
      id,
      input: 's',
      expression: { kind: 'compare', type: 'bool', operator: '==', left, right },
    };
  }),
  ...Object.entries(CONDITIONS).map(([id, { operator, value }]): PlanNode => {
    const right = { kind: 'literal', type: 'float', value } as const;
    const expression = { kind: 'compare', type: 'bool', operator, left: rowValue(), right } as const;
    return { kind: 'compute', id, input: 's', expression };
  }),
];

export function rowOf({ timeUs, site, value }: TestEvent): PatternRow {
  const holds = ({ operator, value: than }: (typeof CONDITIONS)[keyof typeof CONDITIONS]) => {
    if (value === null) return null;
    return operator === '==' ? value === than : operator === '>=' ? value >= than : value <= than;
  };
  const streams = Object.entries(STREAMS).map(([id, name]) => [id, site === name]);
  const conditions = Object.entries(CONDITIONS).map(([id, condition]) => [id, holds(condition)]);
  return {
    timeUs,
    fields: { time: timeUs, site: site ?? null, value, ...Object.fromEntries([...streams, ...conditions]) },
  };
}

// ---------------------------------------------------------------- events

export const streams = fc.constantFrom<(string | null)[]>(null, null, '#north', '#south');
const conditions = fc.constantFrom<(string | null)[]>(null, ...Object.keys(CONDITIONS));

/** Several devices, out of order within lateness and beyond it, with ties and duplicates; arrival never falls. */
export const patternEvents: fc.Arbitrary<TestEvent[]> = fc
  .array(
    fc.record({
      key: fc.constantFrom('a', 'a', 'a', 'b', 'c'),
      site: fc.constantFrom('north', 'north', 'south'),
      delayUs: fc.constantFrom(0, 0, 0, 0, 1, 2, 5, 12),
      stepUs: fc.constantFrom(0, 0, 1, 1, 1, 2, 5, 20),
      value: fc.constantFrom(null, 0, 0, 1, 1, 2, 2, 3),
    }),
    { minLength: 1, maxLength: 40, size: 'max' },
  )
  .map(steps => {
    let arrivalUs = 1_000;
    return steps.map(({ stepUs, delayUs, ...event }): TestEvent => {
      arrivalUs += stepUs;
      return { ...event, timeUs: arrivalUs - delayUs, arrivalUs };
    });
  });

/** Nearly all of one device and close together, and most of them of a kind: many matches begin, and few end. */
export const crowdedEvents: fc.Arbitrary<TestEvent[]> = fc
  .array(
    fc.record({
      key: fc.constantFrom(...Array<string>(15).fill('a'), 'b'),
      site: fc.constantFrom('north', 'north', 'south'),
      stepUs: fc.constantFrom(0, 0, 1, 1, 2),
      value: fc.constantFrom(...Array<number>(30).fill(1), 2, 0, 0, 3, null),
    }),
    { minLength: 30, maxLength: 160, size: 'max' },
  )
  .map(steps => {
    let timeUs = 1_000;
    return steps.map(({ stepUs, ...event }): TestEvent => {
      timeUs += stepUs;
      return { ...event, timeUs, arrivalUs: timeUs };
    });
  });

// ---------------------------------------------------------------- patterns

const quantifiers = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ min: 1, max: 1 as number | null }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      { min: 1, max: null },
      { min: 0, max: 1 },
      { min: 2, max: 2 },
      { min: 1, max: 3 },
      { min: 0, max: null },
      { min: 2, max: null },
      { min: 3, max: 4 },
    ),
  },
);
export const withins = fc.constantFrom(3, 8, 15, 40, 100);
const arrows = fc.constantFrom('next' as const, 'strict' as const);

/** Trees whose events are numbered later. */
const parts = fc.letrec<{ part: PatternPart; event: PatternPart; sequence: PatternPart }>(tie => ({
  event: quantifiers.map((quantifier): PatternPart => ({ kind: 'event', event: 0, ...quantifier })),
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 5, arbitrary: tie('event') },
    {
      weight: 2,
      arbitrary: fc.constantFrom(1, 2, 3, 6).map((forUs): PatternPart => ({ kind: 'absence', event: 0, forUs })),
    },
    { weight: 2, arbitrary: tie('sequence') },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom('any' as const, 'all' as const),
          fc.array(tie('part'), { minLength: 2, maxLength: 3 }),
          quantifiers,
        )
        .map(([kind, inner, quantifier]): PatternPart => ({ kind, parts: inner, ...quantifier })),
    },
  ),
  sequence: fc
    .tuple(
      fc.array(tie('part'), { minLength: 1, maxLength: 4 }),
      fc.array(arrows, { minLength: 3, maxLength: 3 }),
      fc.option(withins, { freq: 3 }),
      quantifiers,
    )
    .map(([inner, own, withinUs, quantifier]): PatternPart => {
      return { kind: 'sequence', parts: inner, arrows: own.slice(0, inner.length - 1), withinUs, ...quantifier };
    }),
}));

/** What seldom comes about by chance: `~>` behind what may go on or be empty, and in groups; rounds of alternatives; absences first. */
const rareShapes: fc.Arbitrary<PatternPart> = fc
  .record({
    kind: fc.nat(4),
    inner: fc.array(parts.event, { minLength: 4, maxLength: 4 }),
    own: fc.array(arrows, { minLength: 3, maxLength: 3 }),
    forUs: fc.constantFrom(1, 2, 6),
    withinUs: withins,
    rounds: fc.constantFrom({ min: 2, max: 2 }, { min: 2, max: 3 }, { min: 1, max: null }),
  })
  .map(({ kind, inner: [a, b, c, d], own, forUs, withinUs, rounds }): PatternPart => {
    const step: PatternPart = { kind: 'event', event: 0, min: 1, max: 1 };
    const some = { min: 1, max: null };
    const sequence = (of: readonly PatternPart[], more: object = {}): PatternPart => {
      const given = own.slice(0, of.length - 1);
      return { kind: 'sequence', parts: of, arrows: given, withinUs: null, min: 1, max: 1, ...more };
    };
    switch (kind) {
      case 0:
        return sequence([{ ...step, ...some }, a!, step, d!], { arrows: ['strict', 'strict', 'next'] });
      case 1: {
        const alternatives = [sequence([a!, step]), sequence([step, c!, step])];
        return sequence([{ kind: 'any', parts: alternatives, ...rounds }, step]);
      }
      case 2: {
        const strict = sequence([step, { ...step, ...some }, step], { arrows: ['strict', 'next'] });
        return sequence([{ kind: 'all', parts: [strict, b!], min: 1, max: 1 }, step]);
      }
      case 3: {
        const absence: PatternPart = { kind: 'absence', event: 0, forUs };
        return sequence([step, sequence([absence, a!, step], { withinUs, ...rounds }), c!]);
      }
      default: {
        const absence: PatternPart = { kind: 'absence', event: 0, forUs };
        return sequence([
          a!,
          { kind: 'any', parts: [sequence([step, absence]), sequence([absence, step])], ...rounds },
          step,
        ]);
      }
    }
  });

export type Condition = 'none' | 'above-own-last' | 'first-few' | 'above-before' | 'less-than-average' | 'as-first';

/** As many as stand in the tree of six steps at most, and two guards. */
export const patterns: fc.Arbitrary<MatchNode> = fc
  .record({
    root: fc.oneof({ weight: 2, arbitrary: parts.sequence }, { weight: 1, arbitrary: rareShapes }),
    events: fc.array(fc.record({ rows: streams, when: conditions }), { minLength: 8, maxLength: 8 }),
    conditions: fc.array(
      fc.constantFrom<Condition[]>(
        ...([
          'none',
          'none',
          'none',
          'none',
          'none',
          'above-own-last',
          'first-few',
          'above-before',
          'less-than-average',
          'as-first',
        ] as const),
      ),
      { minLength: 8, maxLength: 8 },
    ),
    guards: fc.oneof(
      fc.constant<([number, number] | null)[]>([]),
      fc.array(fc.option(fc.tuple(fc.nat(5), fc.nat(5))), { maxLength: 2 }),
    ),
    withinUs: withins,
    skip: fc.constantFrom('past-last' as const, 'none' as const),
    on: fc.constantFrom('match' as const, 'match' as const, 'timeout' as const),
    maxPartial: fc.constantFrom(1_000, 1_000, 1, 2, 3),
  })
  .map(({ root: tree, events, conditions: wanted, guards, ...settings }) => {
    const numbered = numberedFrom(tree, 0);
    const steps = stepsOf(numbered.part);
    const unless = guards.map((between, index): PatternGuard => {
      const ends = between?.map(at => steps[at % steps.length]!) ?? null;
      return { event: numbered.next + index, between: ends as [number, number] | null }; // as: of two
    });
    const count = numbered.next + unless.length;
    return {
      kind: 'match',
      id: 'w',
      input: 's',
      root: numbered.part,
      unless,
      ...settings,
      events: events.slice(0, count).map(({ rows, when }, event): PatternEvent => {
        const condition = conditionOf(wanted[event]!, event, { root: numbered.part, steps });
        return { name: `e${event}`, rows, when, condition };
      }),
      values: steps.flatMap(valuesOf),
    } satisfies MatchNode;
  })
  .filter(isValid);

/** Patterns of which many matches wait for long, and often bind rows while they do: any, and some that do so for sure. */
export const crowdedPatterns: fc.Arbitrary<MatchNode> = fc
  .record({
    node: patterns,
    withinUs: fc.constantFrom(40, 150, 1_000),
    maxPartial: fc.constantFrom(3, 6, 12, 1_000),
    partUs: fc.constantFrom(null, null, 30, 100),
    plain: fc.constantFrom<readonly string[] | null>(
      null,
      ['#some+', '#zero'],
      ['#some+', '#much', '#zero'],
      ['#zero', '#some+', '#much'],
    ),
  })
  .map(({ node, plain, partUs, ...bounds }) => ({
    ...node,
    ...bounds,
    ...(plain === null ? {} : plainSteps(plain, partUs)),
  }))
  .filter(isValid);

/** One behind the other; `+` behind the name of a condition. `partUs`: as a part with a `within` of its own. */
function plainSteps(
  steps: readonly string[],
  partUs: number | null,
): Pick<MatchNode, 'root' | 'events' | 'unless' | 'values'> {
  const parts = steps.map(
    (step, event): PatternPart => ({ kind: 'event', event, min: 1, max: step.endsWith('+') ? null : 1 }),
  );
  const arrows = steps.slice(1).map(() => 'next' as const);
  return {
    root: { kind: 'sequence', parts, arrows, withinUs: partUs, min: 1, max: 1 },
    events: steps.map((step, event) => ({
      name: `e${event}`,
      rows: null,
      when: step.replace('+', ''),
      condition: null,
    })),
    unless: [],
    values: steps.flatMap((_, event) => valuesOf(event)),
  };
}

export function isValid(node: MatchNode): boolean {
  if (stepsOf(node.root).length === 0 || node.events.length < eventsOf(node.root).length + node.unless.length)
    return false;
  try {
    validatePlan(planOf({ latenessUs: 0, idleUs: null }, ...conditionNodes, node));
    return true;
  } catch {
    return false;
  }
}

function numberedFrom(part: PatternPart, first: number): { readonly part: PatternPart; readonly next: number } {
  if (part.kind === 'event' || part.kind === 'absence') return { part: { ...part, event: first }, next: first + 1 };
  let next = first;
  const inner = part.parts.map(each => {
    const numbered = numberedFrom(each, next);
    next = numbered.next;
    return numbered.part;
  });
  return { part: { ...part, parts: inner }, next };
}

/** The events that rows are bound to. */
function stepsOf(part: PatternPart): readonly number[] {
  if (part.kind === 'absence') return [];
  return part.kind === 'event' ? [part.event] : part.parts.flatMap(stepsOf);
}

function eventsOf(part: PatternPart): readonly number[] {
  return part.kind === 'event' || part.kind === 'absence' ? [part.event] : part.parts.flatMap(eventsOf);
}

/** A step that stands before the event in a sequence: what is bound beside it, in `or` and `and`, is nobody's business there. */
function stepBefore(part: PatternPart, event: number): number | null {
  if (part.kind === 'event' || part.kind === 'absence') return null;
  const index = part.parts.findIndex(inner => eventsOf(inner).includes(event));
  if (index < 0) return null;
  const inside = stepBefore(part.parts[index]!, event);
  if (inside !== null || part.kind !== 'sequence') return inside;
  return part.parts.slice(0, index).flatMap(stepsOf).at(-1) ?? null;
}

// ---------------------------------------------------------------- values and conditions over them

export function valuesOf(event: number): readonly BoundValue[] {
  const value = (take: BoundValue['take'], word: string, column: string | null, type: ValueType): BoundValue => {
    return { name: `#e${event}.${word}`, event, take, column, type };
  };
  return [
    value({ kind: 'first' }, 'first', 'value', 'float'),
    value({ kind: 'last' }, 'last', 'value', 'float'),
    value({ kind: 'index', index: 1 }, 'second', 'value', 'float'),
    value({ kind: 'last' }, 'site', 'site', 'symbol'),
    value({ kind: 'first' }, 'time', 'time', 'time'),
    value({ kind: 'aggregate', aggregate: 'count' }, 'count', null, 'int'),
    value({ kind: 'aggregate', aggregate: 'sum' }, 'sum', 'value', 'float'),
    value({ kind: 'aggregate', aggregate: 'avg' }, 'avg', 'value', 'float'),
    value({ kind: 'aggregate', aggregate: 'max' }, 'max', 'value', 'float'),
    value({ kind: 'aggregate', aggregate: 'spread' }, 'spread', 'value', 'float'),
    value({ kind: 'aggregate', aggregate: 'delta' }, 'delta', 'value', 'float'),
  ];
}

export function conditionOf(
  wanted: Condition,
  event: number,
  { root, steps }: { readonly root: PatternPart; readonly steps: readonly number[] },
): Expression | null {
  const isStep = steps.includes(event);
  const before = stepBefore(root, event) ?? (eventsOf(root).includes(event) ? null : steps[0]!); // of a guard: any
  switch (wanted) {
    case 'none':
      return null;
    case 'above-own-last': {
      if (!isStep) return null;
      const last = bound(event, 'last', 'float');
      return either({ kind: 'is-null', type: 'bool', operand: last }, compare('>', rowValue(), last));
    }
    case 'first-few':
      return isStep ? compare('<', bound(event, 'count', 'int'), { kind: 'literal', type: 'int', value: 2 }) : null;
    case 'above-before':
      return before === null ? null : compare('>=', rowValue(), bound(before, 'last', 'float'));
    case 'less-than-average':
      return before === null ? null : compare('<=', rowValue(), bound(before, 'avg', 'float'));
    case 'as-first':
      return before === null
        ? null
        : compare('==', { kind: 'column', type: 'symbol', column: 'site' }, bound(before, 'site', 'symbol'));
  }
}

function rowValue(): Expression {
  return { kind: 'column', type: 'float', column: 'value' };
}

function bound(event: number, word: string, type: ValueType): Expression {
  return { kind: 'column', type, column: `#e${event}.${word}` };
}

function compare(operator: '==' | '<' | '<=' | '>' | '>=', left: Expression, right: Expression): Expression {
  return { kind: 'compare', type: 'bool', operator, left, right };
}

function either(left: Expression, right: Expression): Expression {
  return { kind: 'or', type: 'bool', left, right };
}
