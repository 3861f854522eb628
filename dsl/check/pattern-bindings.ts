import type { Identifier } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import { hintFor } from '../did-you-mean.ts';
import type { BoundValue, Expression } from '../plan.ts';
import type { Context } from './context.ts';
import { literal } from './fold.ts';
import type { EventPlace } from './pattern-structure.ts';
import type { PatternValues } from './pattern-values.ts';
import { error } from './report.ts';
import { membersOf, type StreamSchema } from './schema.ts';
import type { Binding, BoundRecord, Hoist, RecordBinding, Scope } from './scope.ts';

type Named = { readonly index: number; readonly place: EventPlace; readonly name: Identifier };
type Take = BoundValue['take'];
type OtherMeaning = { readonly what: string; readonly span: Span | null };

/** What the names of a pattern's events mean to each other's conditions, and to those who read its matches. */
export class PatternBindings {
  readonly #named = new Map<string, Named>();
  readonly #places: readonly EventPlace[];
  readonly #schemas: ReadonlyMap<string, StreamSchema>;
  readonly #hoistOf: (stream: string) => Hoist;
  readonly #values: PatternValues;

  constructor(options: {
    readonly places: readonly EventPlace[];
    readonly schemas: ReadonlyMap<string, StreamSchema>;
    readonly hoistOf: (stream: string) => Hoist;
    readonly values: PatternValues;
  }) {
    this.#places = options.places;
    this.#schemas = options.schemas;
    this.#hoistOf = options.hoistOf;
    this.#values = options.values;
    for (const [index, place] of this.#places.entries()) {
      const name = place.event.binding;
      if (name !== null && !this.#named.has(name.name)) this.#named.set(name.name, { index, place, name });
    }
  }

  /** False after a report of a name that is given twice, or means something else. */
  check({ constants, names, report }: Context): boolean {
    let isWhole = true;
    for (const { event } of this.#places) {
      const { binding } = event;
      if (binding === null) continue;
      const first = this.#named.get(binding.name)!.name;
      const other = this.#otherMeaning(binding.name, constants) ?? tableNamed(binding.name, names);
      if (first !== binding) {
        const related = [{ span: first.span, message: 'the first one' }];
        const hint = 'give each event a name of its own';
        report(error('MR2643', binding.span, `two events are called \`${binding.name}\``, { hint, related }));
        isWhole = false;
      } else if (other !== undefined) {
        const { what, span } = other;
        const hint = 'give the event another name';
        const related = span === null ? [] : [{ span, message: 'declared here' }];
        report(error('MR2644', binding.span, `\`${binding.name}\` is ${what} already`, { hint, related }));
        isWhole = false;
      }
    }
    return isWhole;
  }

  /** For the condition of the event at this place: what is bound before it, and itself. */
  inConditionOf(index: number): Map<string, Binding> {
    const place = this.#places[index]!;
    const bindings = new Map<string, Binding>();
    for (const [name, named] of this.#named) {
      if (named.index === index && !place.isRepeated) bindings.set(name, this.ownRow(index));
      else bindings.set(name, this.#isReadable(named, index) ? this.#bound(named) : notBoundYet(named, place));
    }
    return bindings;
  }

  /** For whoever reads matches. */
  ofMatches(): Map<string, Binding> {
    return new Map(
      [...this.#named].map(([name, named]) => [name, isStep(named) ? this.#bound(named) : noEvent(named)]),
    );
  }

  /** The row that is looked at, under its binding's name. */
  ownRow(index: number): RecordBinding {
    const { event } = this.#places[index]!;
    const declaredAt = event.binding?.span ?? null;
    return { kind: 'record', members: membersOf(this.#schemas.get(event.stream.name)!), declaredAt, isEvent: true };
  }

  find(name: string): Named | undefined {
    return this.#named.get(name);
  }

  /** The column of how many rows are bound to an event. */
  countOf(index: number): string {
    const { binding, stream } = this.#places[index]!.event;
    const take = { kind: 'aggregate', aggregate: 'count' } as const;
    const text = `count(${binding?.name ?? stream.name})`;
    return this.#values.ask(text, { event: index, take, column: null, type: 'int', unit: null });
  }

  /** What to say of a name in the condition of the event at this place: alone it is a field of the row. */
  unboundIn(index: number): NonNullable<Scope['unbound']> {
    const stream = this.#places[index]!.event.stream.name;
    const fields = [...this.#schemas.get(stream)!.fields.keys()];
    return ({ name, span, isRow }) => {
      if (isRow || this.#schemas.has(name) || this.#ownerOf(name) !== undefined)
        return this.unbound({ name, span, isRow });
      return error('MR2004', span, `\`${stream}\` has no field \`${name}\``, { hint: hintFor(name, fields, 'fields') });
    };
  }

  /** What to say of a name that no event has. */
  readonly unbound: NonNullable<Scope['unbound']> = ({ name, span, isRow }) => {
    const ofStream = this.#places.find(({ event }) => event.stream.name === name)?.event;
    if (ofStream !== undefined) {
      const { binding } = ofStream;
      const hint =
        binding === null
          ? `give the event a name: \`x: ${name}\`, then \`x.…\``
          : `its event is \`${binding.name}\` here; a name alone is a field of the row itself`;
      const related = [{ span: ofStream.span, message: binding === null ? 'this event has no name' : 'this one' }];
      const message = `\`${name}\` is a stream, and no event of the pattern is called so`;
      return error('MR2640', span, message, { hint, related });
    }
    const owner = isRow ? undefined : this.#ownerOf(name);
    const hint = owner === undefined ? hintFor(name, [...this.#named.keys()], 'events') : fieldHint(owner, name);
    return error('MR2640', span, `no event of the pattern is called \`${name}\``, { hint });
  };

  /** An event that has such a field. */
  #ownerOf(field: string): Named | undefined {
    return [...this.#named.values()].find(
      named => isStep(named) && this.#schemas.get(named.place.event.stream.name)!.fields.has(field),
    );
  }

  #otherMeaning(name: string, constants: Context['constants']): OtherMeaning | undefined {
    for (const schema of this.#schemas.values()) {
      const member = membersOf(schema).get(name);
      if (member === undefined) continue;
      return { what: `a field of \`${schema.name}\``, span: member.kind === 'column' ? member.declaredAt : null };
    }
    const constant = constants.bindings.get(name);
    return constant && { what: 'a constant', span: constant.kind === 'constant' ? constant.declaredAt : null };
  }

  #isReadable(named: Named, index: number): boolean {
    const { before } = this.#places[index]!;
    return isStep(named) && (before.has(named.index) || named.index === index);
  }

  #bound(named: Named): Binding {
    return named.place.isRepeated ? this.#repeated(named) : this.#record(named, { kind: 'last' }, named.name.name);
  }

  #record(named: Named, take: Take, text: string): BoundRecord {
    const { index, name, place } = named;
    const schema = this.#schemas.get(place.event.stream.name)!;
    const members = new Map<string, Binding>();
    for (const [field, member] of membersOf(schema)) {
      if (member.kind !== 'column') {
        members.set(field, member);
        continue;
      }
      const { column, type, unit, declaredAt } = member;
      const ask = () => this.#values.ask(`${text}.${field}`, { event: index, take, column, type, unit });
      members.set(field, { kind: 'bound', ask, type, unit, declaredAt });
    }
    const presence = () => this.#presence(named, take, { text, hasTime: !schema.fields.has('time') });
    return { kind: 'record', members, declaredAt: name.span, isEvent: true, presence };
  }

  /** Null where nothing is bound: its time, or where a field is called so, whether so many are. */
  #presence({ index }: Named, take: Take, { text, hasTime }: { text: string; hasTime: boolean }): Expression {
    if (hasTime) {
      const time = { event: index, take, column: 'time', type: 'time', unit: null } as const;
      return { kind: 'column', type: 'time', column: this.#values.ask(`${text}.time`, time) };
    }
    const count = { kind: 'column', type: 'int', column: this.countOf(index) } as const;
    const wanted = take.kind === 'index' ? take.index : 0;
    const isThere = {
      kind: 'compare',
      type: 'bool',
      operator: '>',
      left: count,
      right: literal('int', wanted),
    } as const;
    return {
      kind: 'case',
      type: 'bool',
      branches: [{ when: isThere, then: literal('bool', true) }],
      otherwise: literal('bool', null),
    };
  }

  #repeated(named: Named): Binding {
    const { index, name, place } = named;
    const { stream } = place.event;
    return {
      kind: 'repeated',
      name: name.name,
      first: this.#record(named, { kind: 'first' }, `${name.name}.first`),
      last: this.#record(named, { kind: 'last' }, `${name.name}.last`),
      at: i => this.#record(named, { kind: 'index', index: i }, `${name.name}[${i + 1}]`),
      most: place.most,
      members: membersOf(this.#schemas.get(stream.name)!),
      hoist: this.#hoistOf(stream.name),
      ask: (aggregate, { text, ...of }) =>
        this.#values.ask(text, { event: index, take: { kind: 'aggregate', aggregate }, ...of }),
      declaredAt: name.span,
    };
  }
}

function isStep({ place }: Named): boolean {
  return place.role === 'step';
}

function noEvent({ name }: Named): Binding {
  const why = (span: Span) => {
    const related = [{ span: name.span, message: 'here' }];
    const hint = 'only events that are part of a match have values';
    const message = `\`${name.name}\` is what must not happen, so there is no event to read`;
    return error('MR2645', span, message, { hint, related });
  };
  return { kind: 'unreadable', why };
}

function notBoundYet(named: Named, reader: EventPlace): Binding {
  if (!isStep(named)) return noEvent(named);
  const { name } = named;
  const isInstead = reader.instead.has(named.index);
  const why = (span: Span) => {
    const related = [{ span: name.span, message: isInstead ? 'another alternative' : 'bound here, later' }];
    const what = isInstead ? 'is of another alternative, and never bound together with this' : 'comes later';
    const hint = isInstead
      ? undefined
      : `let the later event ask: \`${name.name}: ${named.place.event.stream.name}[…]\``;
    return error('MR2641', span, `\`${name.name}\` ${what}`, { hint, related });
  };
  return { kind: 'unreadable', why };
}

function tableNamed(name: string, names: Context['names']): OtherMeaning | undefined {
  const statement = names.get(name);
  return statement?.kind === 'table' ? { what: 'a table', span: statement.name.span } : undefined;
}

/** A field needs an event before it. */
function fieldHint({ name: { name }, place }: Named, field: string): string {
  if (!place.isRepeated) return `say of which event: \`${name}.${field}\``;
  return `say of which event: \`${name}.last.${field}\`, or over all of them, such as \`max(${name}.${field})\``;
}
