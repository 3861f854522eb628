import type { By, Identifier, Pattern } from '../ast.ts';
import { literal } from './fold.ts';
import type { Expression, MatchNode, PatternGuard } from '../plan.ts';
import { ColumnNames, type ColumnRequest, StageColumns } from './columns.ts';
import { columnsOf } from '../plan/expression-parts.ts';
import type { Context } from './context.ts';
import { checkAcross } from './pattern-across.ts';
import { PatternBindings } from './pattern-bindings.ts';
import { checkStepCondition, type SplitCondition, splitCondition, StepHoist } from './pattern-condition.ts';
import { checkStreams, type PatternStreams } from './pattern-streams.ts';
import { reportOtherKey } from './other-key.ts';
import { checkStructure } from './pattern-structure.ts';
import { type CheckedBoundValue, PatternValues } from './pattern-values.ts';
import { error } from './report.ts';
import { membersOf, qualityFieldOf, type SchemaField, type StreamSchema } from './schema.ts';
import type { Binding } from './scope.ts';
import { scopeOf } from './statement-scope.ts';
import { eventsIn } from './stream-order.ts';

/**
 * A pattern that is right: what lowering turns into a `match` node and what that reads. `values` grows while those who
 * read the matches ask for more.
 */
export type CheckedPattern = {
  readonly streams: readonly PatternStream[]; // each once, in the order in which they are first named
  readonly by: readonly string[] | null; // another key than that of the streams; none: one key for all
  readonly key: readonly SchemaField[]; // by which they are taken
  readonly events: readonly CheckedEvent[];
  readonly match: Pick<MatchNode, 'root' | 'withinUs' | 'unless' | 'skip' | 'on' | 'maxPartial'>;
  readonly values: readonly CheckedBoundValue[];
};

/** A stream that is named, and the columns of its rows that conditions need. */
export type PatternStream = {
  readonly schema: StreamSchema;
  readonly columns: readonly ColumnRequest[];
};

/**
 * `when`: a column of the stream; `condition`: over its columns, and names of values. `isGood`: a column that is true of
 * readings that are good, where others are not looked at.
 */
export type CheckedEvent = SplitCondition & {
  readonly name: string;
  readonly stream: string;
  readonly isGood: string | null;
};

/** A pattern, and what its matches look like to those who read them. */
export type PatternMatches = {
  /** With the values that have been asked for by then; null after a report. */
  readonly pattern: () => CheckedPattern | null;
  /** Of matches, with no field but the key's. */
  readonly schema: StreamSchema;
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly values: PatternValues;
  readonly unbound: PatternBindings['unbound'];
};

/** `name`: of the statement that it stands in. Null after a report, where not even its matches are known. */
export function checkPattern(
  pattern: Pattern,
  of: { readonly name: string; readonly by: By | null; readonly skip: MatchNode['skip'] },
  context: Context,
): PatternMatches | null {
  const structure = checkStructure(pattern, context.report);
  const places = structure?.places ?? eventsIn(pattern).map(event => ({ event }));
  const streams = checkStreams(pattern, places, of.by, context);
  if (structure === null || streams === null) return null;
  return new PatternCheck(pattern, structure, streams, context).check(of);
}

class PatternCheck {
  readonly #pattern: Pattern;
  readonly #structure: NonNullable<ReturnType<typeof checkStructure>>;
  readonly #streams: PatternStreams;
  readonly #context: Context;
  readonly #values = new PatternValues();
  readonly #hoists: ReadonlyMap<string, StepHoist>;
  readonly #bindings: PatternBindings;

  constructor(
    pattern: Pattern,
    structure: NonNullable<ReturnType<typeof checkStructure>>,
    streams: PatternStreams,
    context: Context,
  ) {
    this.#pattern = pattern;
    this.#structure = structure;
    this.#streams = streams;
    this.#context = context;
    const names = [...streams.schemas.keys()];
    this.#hoists = new Map(
      names.map(name => [name, new StepHoist(new StageColumns('step', new ColumnNames()), this.#values)]),
    );
    this.#bindings = new PatternBindings({
      places: structure.places,
      schemas: streams.schemas,
      hoistOf: stream => this.#hoists.get(stream)!.stage,
      values: this.#values,
    });
  }

  check({ name, skip }: { readonly name: string; readonly skip: MatchNode['skip'] }): PatternMatches | null {
    if (!this.#bindings.check(this.#context)) return null;
    const events = this.#events();
    const unless = this.#guards();
    const { root, withinUs, maxPartial } = this.#structure;
    const on = this.#pattern.onTimeout ? 'timeout' : 'match';
    const whole = (all: readonly CheckedEvent[], guards: readonly PatternGuard[]): CheckedPattern => ({
      streams: [...this.#streams.schemas.values()].map(schema => this.#stream(schema)),
      by: this.#streams.by,
      key: this.#streams.key,
      events: all,
      match: { root, withinUs, unless: guards, skip: this.#pattern.skip ?? skip, on, maxPartial },
      values: this.#values.list,
    });
    return {
      pattern: () => events && unless && whole(events, unless),
      schema: matchSchema(name, this.#streams),
      bindings: this.#bindings.ofMatches(),
      values: this.#values,
      unbound: this.#bindings.unbound,
    };
  }

  #stream(schema: StreamSchema): PatternStream {
    return { schema, columns: this.#hoists.get(schema.name)!.stage.requests };
  }

  #events(): CheckedEvent[] | null {
    const { places } = this.#structure;
    const own = places.map(({ event }, index) =>
      event.condition === null ? literal('bool', true) : this.#condition(index),
    );
    const across = this.#across();
    if (across === null || own.includes(null)) return null;
    return places.map(({ event: { binding, stream } }, index) => {
      const conditions = [own[index]!, ...(across.get(index) ?? [])]; // null is out
      const isGood = this.#isGood(stream.name, conditions);
      const split = splitCondition(conditions, this.#hoists.get(stream.name)!);
      return { name: binding?.name ?? stream.name, stream: stream.name, isGood, ...split };
    });
  }

  /** Null: all readings are looked at, as the stream has no quality, or the conditions ask for it themselves. */
  #isGood(stream: string, conditions: readonly Expression[]): string | null {
    const column = qualityFieldOf(this.#streams.schemas.get(stream)!);
    if (column === null || conditions.some(condition => columnsOf(condition).includes(column))) return null;
    return this.#hoists.get(stream)!.stage.compute({
      kind: 'compare',
      type: 'bool',
      operator: '==',
      left: { kind: 'column', type: 'quality', column },
      right: literal('quality', 'good'),
    });
  }

  #condition(index: number): Expression | null {
    const { stream, condition } = this.#structure.places[index]!.event;
    const hoist = this.#hoists.get(stream.name)!;
    const schema = this.#streams.schemas.get(stream.name)!;
    const rest = {
      place: "an event's condition",
      aggregates: 'range',
      hoist,
      unbound: this.#bindings.unboundIn(index),
    } as const;
    const names = [membersOf(schema), this.#bindings.inConditionOf(index), this.#context.constants.bindings];
    const checked = checkStepCondition(condition!, { ...scopeOf(names, rest), hoist }, this.#context);
    const of = { key: this.#streams.key, values: this.#values };
    return checked !== null && reportOtherKey(condition!, checked, of, this.#context.report) ? null : checked;
  }

  #across(): ReadonlyMap<number, readonly Expression[]> | null {
    const { across } = this.#pattern;
    if (across === null) return new Map();
    const parts = {
      places: this.#structure.places,
      bindings: this.#bindings,
      hoistOf: (stream: string) => this.#hoists.get(stream)!,
    };
    return checkAcross(across, parts, this.#context);
  }

  #guards(): PatternGuard[] | null {
    const { unless } = this.#pattern;
    const first = this.#structure.places.length - unless.length;
    const guards = unless.map(({ between }, i) =>
      between === null ? { event: first + i, between: null } : this.#between(between, first + i),
    );
    return guards.includes(null) ? null : (guards as PatternGuard[]); // null is out
  }

  #between([from, to]: readonly [Identifier, Identifier], event: number): PatternGuard | null {
    const [first, last] = [this.#boundTo(from), this.#boundTo(to)];
    if (first === null || last === null) return null;
    const { places } = this.#structure;
    if (places[last]!.before.has(first) && !places[last]!.beside.has(first)) return { event, between: [first, last] };
    const hint = places[first]!.before.has(last) ? `write \`[${to.name}, ${from.name}]\`` : undefined;
    const message = `\`${to.name}\` does not come behind \`${from.name}\``;
    const related = [{ span: places[first]!.event.binding!.span, message: `\`${from.name}\` is bound here` }];
    this.#context.report(error('MR3051', to.span, message, { hint, related }));
    return null;
  }

  #boundTo({ name, span }: Identifier): number | null {
    const found = this.#bindings.find(name);
    if (found?.place.role === 'step') return found.index;
    const binding = this.#bindings.ofMatches().get(name);
    const diagnostic =
      binding?.kind === 'unreadable' ? binding.why(span) : this.#bindings.unbound({ name, span, isRow: true });
    this.#context.report(diagnostic ?? error('MR2640', span, `no event of the pattern is called \`${name}\``));
    return null;
  }
}

function matchSchema(name: string, { key, delay }: PatternStreams): StreamSchema {
  return {
    name: `matches of ${name}`, // no stream's
    fields: new Map(key.map(field => [field.name, field])),
    key: key.map(field => field.name),
    faulty: new Set(),
    timeNames: [],
    isSource: false,
    endless: null,
    delay: { ...delay, latenessUs: delay.quietUs }, // an absence comes due when the key's time has passed it
    hasRevision: false,
  };
}
