import type { Expression as Syntax } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import { type Expression, SEVERITIES } from '../plan.ts';
import type { Checker } from './checker.ts';
import { hintFor } from '../did-you-mean.ts';
import { isText } from './agree.ts';
import { literal } from './fold.ts';
import { lookUp, reportNoEvent } from './look-up.ts';
import { error, notYet } from './report.ts';
import type { Binding, Checked, RepeatedBinding } from './scope.ts';

type Name = Extract<Syntax, { kind: 'name' }>;
type Member = Extract<Syntax, { kind: 'member' }>;
type Index = Extract<Syntax, { kind: 'index' }>;

const QUALITY_WORDS: readonly string[] = ['good', 'uncertain', 'bad'];
const SEVERITY_WORDS: readonly string[] = SEVERITIES;

/** A field, a constant; null after a report. */
export function checkName({ name, span }: Name, checker: Checker): Checked | null {
  const { scope, report } = checker;
  const binding = scope.resolve(name);
  if (binding !== undefined) return valueOf(binding, name, span, checker);
  const unbound = scope.unbound?.({ name, span, isRow: false });
  if (unbound !== undefined) {
    report(unbound);
    return null;
  }
  const hint = wordHint(name) ?? hintFor(name, [...new Set(scope.names())].sort(), 'names');
  report(error('MR2001', span, `there is no field \`${name}\` here`, { hint }));
  return null;
}

/** A good word against a quality, a severity's against a severity; beside anything else, a name. */
export function checkBeside(syntax: Syntax, other: Checked | null, checker: Checker): Checked | null {
  if (syntax.kind !== 'name') return checker.check(syntax);
  const { name, span } = syntax;
  if (other?.type === 'quality' && QUALITY_WORDS.includes(name)) return word('quality', name, span);
  if (other?.type === 'severity' && SEVERITY_WORDS.includes(name)) return word('severity', name, span);
  if (checker.scope.resolve(name) !== undefined) return checker.check(syntax);
  if (other === null && isWord(syntax)) return null; // what it stands beside is already reported
  if (other !== null && isText(other)) return reportUnquoted(syntax, checker);
  if (other?.type === 'quality') return reportWord(syntax, 'quality', QUALITY_WORDS, checker);
  if (other?.type === 'severity') return reportWord(syntax, 'severity', SEVERITY_WORDS, checker);
  return checker.check(syntax);
}

/** Whether the other operand has to say what this means. */
export function isWord(syntax: Syntax): boolean {
  return syntax.kind === 'name' && [...QUALITY_WORDS, ...SEVERITY_WORDS].includes(syntax.name);
}

/** `d.rated`, `m.temp`; null after a report. */
export function checkMember(syntax: Member, checker: Checker): Checked | null {
  const binding = memberOf(syntax, checker);
  return binding && valueOf(binding, textOf(syntax), syntax.span, checker);
}

/** `devices[device]` alone: a row is no value. `subject[3]` belongs to a field's declaration. */
export function checkIndex(syntax: Index, checker: Checker): null {
  const row = rowOf(syntax, checker);
  if (row !== null && row.kind !== 'faulty') valueOf(row, `${textOf(syntax)}`, syntax.span, checker);
  return null;
}

/** The table's row that an index names; null after a report. */
function rowOf({ object, index, span }: Index, checker: Checker): Binding | null {
  const { scope, report } = checker;
  const repeated = object.kind === 'name' ? scope.resolve(object.name) : undefined;
  if (repeated?.kind === 'repeated') return oneOf(repeated, index, span, checker);
  if (repeated?.kind === 'record' && repeated.isEvent === true) return reportOne(textOf(object), span, checker);
  if (object.kind !== 'name') {
    report(notYet('MR8006', span, 'nothing else than a table can be indexed'));
    return null;
  }
  const { name } = object;
  const binding = scope.resolve(name);
  if (binding?.kind === 'table') return lookUp(binding.table, { key: index, span }, checker);
  if (binding?.kind === 'faulty') return binding;
  if (binding?.kind === 'unreadable') return reportUnreadable(binding, object.span, checker);
  if (binding === undefined && name === 'subject') return reportOrigin(span, 'a token of the subject', report);
  if (binding === undefined && scope.hoist.lookup === null) return reportNoEvent(span, checker);
  if (binding === undefined) {
    report(
      error('MR2506', object.span, `there is no table \`${name}\``, { hint: hintFor(name, tablesIn(scope), 'tables') }),
    );
    return null;
  }
  report(notYet('MR8006', span, 'nothing else than a table can be indexed'));
  return null;
}

/** `devices[device] is null`: a row that is there has its key. `a is null`: nothing is bound. Undefined: this is no row. */
export function checkRowIsThere(syntax: Syntax, checker: Checker): Checked | null | undefined {
  const named = syntax.kind === 'name' ? checker.scope.resolve(syntax.name) : undefined;
  if (named?.kind === 'repeated') return presenceOf(named.last.presence(), syntax);
  if (named?.kind === 'record' && named.presence !== undefined) return presenceOf(named.presence(), syntax);
  if (syntax.kind !== 'index' && named?.kind !== 'lookup') return undefined;
  const found = objectOf(syntax, checker);
  const row = found?.kind === 'lookup' ? lookUp(found.table, { key: found.key, span: syntax.span }, checker) : found;
  if (row?.kind !== 'record') return null;
  if (row.presence !== undefined) return presenceOf(row.presence(), syntax);
  const [[name, key]] = [...row.members] as [[string, Binding]]; // as: a table has a key, which comes first
  return valueOf(key, `${textOf(syntax)}.${name}`, syntax.span, checker);
}

function presenceOf(expression: Expression, { span }: Syntax): Checked {
  return { expression, type: expression.type, unit: null, span };
}

function tablesIn(scope: Checker['scope']): string[] {
  return [...new Set(scope.names())].filter(name => scope.resolve(name)?.kind === 'table').sort();
}

export function reportOrigin(span: Span, what: string, report: Checker['report']): null {
  const hint = 'declare a field for it in the stream: `amps: float A = $.values[0]`';
  report(error('MR2005', span, `${what} can only stand in a field's declaration`, { hint }));
  return null;
}

function valueOf(binding: Binding, name: string, span: Span, checker: Checker): Checked | null {
  const { report } = checker;
  switch (binding.kind) {
    case 'column': {
      const { column, type, unit, declaredAt } = binding;
      return { expression: { kind: 'column', type, column }, type, unit, span, named: { name, declaredAt } };
    }
    case 'bound': {
      const { type, unit, declaredAt } = binding;
      const expression = { kind: 'column', type, column: binding.ask() } as const;
      return { expression, type, unit, span, named: { name, declaredAt } };
    }
    case 'repeated':
      return reportRepeated(binding, null, span, checker);
    case 'unreadable':
      return reportUnreadable(binding, span, checker);
    case 'constant':
      return { ...binding.value, span, named: { name, declaredAt: binding.declaredAt } };
    case 'faulty':
      return null;
    case 'shared': {
      const hint = `say which: ${binding.names.map(full => `\`${full}\``).join(' or ')}`;
      report(error('MR2661', span, `both sides of the join have \`${name}\``, { hint }));
      return null;
    }
    case 'looked-up': {
      const { table, key, field, declaredAt } = binding;
      const { type, unit } = field;
      const { hoist } = checker.scope;
      if (hoist.lookup === null) return null; // reported with the row
      const column = hoist.lookup({ table, key, field }, { isOfEvents: checker.isInAggregate });
      return { expression: { kind: 'column', type, column }, type, unit, span, named: { name, declaredAt } };
    }
    case 'table': {
      const { table } = binding;
      const field = [...table.fields.keys()].find(known => !table.key.includes(known)) ?? table.key[0]!;
      const hint = `say which row, and which field of it: \`${table.name}[${table.key.join(', ')}].${field}\``;
      report(error('MR2003', span, `\`${name}\` is a table, not a value`, { hint }));
      return null;
    }
    case 'lookup': {
      const row = lookUp(binding.table, { key: binding.key, span }, checker);
      return row && valueOf(row, name, span, checker);
    }
    case 'record': {
      const field = numberAmong(binding.members) ?? [...binding.members.keys()][0];
      const hint = field === undefined ? undefined : `say which: \`${name}.${field}\``;
      report(error('MR2003', span, `\`${name}\` is a row of several fields, not a value`, { hint }));
      return null;
    }
  }
}

function memberOf({ object, property }: Member, checker: Checker): Binding | null {
  const found = objectOf(object, checker);
  const binding =
    found?.kind === 'lookup' ? lookUp(found.table, { key: found.key, span: object.span }, checker) : found;
  if (binding === null || binding.kind === 'faulty') return null;
  if (binding.kind === 'unreadable') return reportUnreadable(binding, object.span, checker);
  if (binding.kind === 'repeated') {
    if (property.name === 'first') return binding.first;
    return property.name === 'last' ? binding.last : reportRepeated(binding, property, object.span, checker);
  }
  if (binding.kind === 'table') {
    const { name, key } = binding.table;
    const hint = `say which row: \`${name}[${key.join(', ')}].${property.name}\``;
    checker.report(error('MR2004', object.span, `\`${name}\` is a table of many rows`, { hint }));
    return null;
  }
  if (binding.kind !== 'record') {
    report(checker, object, `\`${textOf(object)}\` is a single value and has no \`${property.name}\``);
    return null;
  }
  const member = binding.members.get(property.name);
  if (member !== undefined) return member;
  if (binding.isEvent === true && ['first', 'last'].includes(property.name)) {
    return reportOne(textOf(object), property.span, checker);
  }
  const hint = hintFor(property.name, [...binding.members.keys()], 'fields');
  const message = `\`${textOf(object)}\` has no field \`${property.name}\``;
  checker.report(error('MR2004', property.span, message, { hint }));
  return null;
}

function objectOf(object: Syntax, checker: Checker): Binding | null {
  if (object.kind === 'member') return memberOf(object, checker);
  if (object.kind === 'index') return rowOf(object, checker);
  if (object.kind !== 'name') {
    report(checker, object, 'only a row of several fields has a `.`');
    return null;
  }
  const binding = checker.scope.resolve(object.name);
  if (binding !== undefined) return binding;
  const unbound = checker.scope.unbound?.({ ...object, isRow: true });
  if (unbound !== undefined) {
    checker.report(unbound);
    return null;
  }
  const hint = hintFor(object.name, [...new Set(checker.scope.names())].sort(), 'names');
  checker.report(error('MR2001', object.span, `there is no \`${object.name}\` here`, { hint }));
  return null;
}

/** `v[2]`, counted from 1 as tokens of a subject are; null after a report. */
function oneOf(
  { name, at, most, declaredAt }: RepeatedBinding,
  index: readonly Syntax[],
  span: Span,
  { report }: Checker,
): Binding | null {
  const [number, ...others] = index;
  const isNumber = number?.kind === 'number' && number.unit === null && others.length === 0;
  const place = isNumber ? number.value : Number.NaN;
  if (!Number.isInteger(place) || place < 1) {
    const hint = `they are counted from 1, \`${name}[1]\` being the first; the newest is \`${name}.last\``;
    report(error('MR2650', span, `this is no place among the events of \`${name}\``, { hint }));
    return null;
  }
  if (most !== null && place > most) {
    const related = [{ span: declaredAt, message: `\`${name}\` is up to ${most} events` }];
    report(error('MR2650', span, `\`${name}\` never has ${place} events`, { related }));
    return null;
  }
  return at(place - 1);
}

function reportOne(name: string, span: Span, { report }: Checker): null {
  const hint = `its values are \`${name}.…\``;
  report(error('MR2650', span, `\`${name}\` is one event, and has no first or second`, { hint }));
  return null;
}

function reportRepeated(
  { name, members, declaredAt }: RepeatedBinding,
  property: { readonly name: string } | null,
  span: Span,
  { report }: Checker,
): null {
  const field = property?.name ?? numberAmong(members) ?? 'time';
  const hint = `say which: \`${name}.first.${field}\`, \`${name}.last.${field}\`, \`${name}[2].${field}\`, or an aggregate over all, \`avg(${name}.${field})\``;
  const related = [{ span: declaredAt, message: 'it is repeated here' }];
  report(error('MR2642', span, `\`${name}\` is several events`, { hint, related }));
  return null;
}

function numberAmong(members: ReadonlyMap<string, Binding>): string | undefined {
  const isNumber = (member: Binding) =>
    (member.kind === 'column' || member.kind === 'bound') && ['float', 'int'].includes(member.type);
  return [...members].find(([, member]) => isNumber(member))?.[0];
}

function reportUnreadable(
  { why }: Extract<Binding, { readonly kind: 'unreadable' }>,
  span: Span,
  { report }: Checker,
): null {
  report(why(span));
  return null;
}

function report(checker: Checker, object: Syntax, message: string): void {
  checker.report(error('MR2004', object.span, message));
}

function textOf(syntax: Syntax): string {
  if (syntax.kind === 'member') return `${textOf(syntax.object)}.${syntax.property.name}`;
  if (syntax.kind === 'index') return `${textOf(syntax.object)}[${syntax.index.map(textOf).join(', ')}]`;
  return syntax.kind === 'name' ? syntax.name : '…';
}

function word(type: 'quality' | 'severity', name: string, span: Span): Checked {
  return { expression: literal(type, name), type, unit: null, span };
}

function wordHint(name: string): string | undefined {
  if (QUALITY_WORDS.includes(name))
    return `\`${name}\` is a quality: it stands beside a field of that type, \`q == ${name}\``;
  if (SEVERITY_WORDS.includes(name)) return `\`${name}\` is a severity: it stands beside one, \`severity >= ${name}\``;
  return undefined;
}

function reportUnquoted({ name, span }: Name, { scope, report }: Checker): null {
  const hint = hintFor(name, [...new Set(scope.names())].sort(), 'names');
  const isNear = hint?.startsWith('did you mean') ?? false;
  report(
    error('MR2001', span, `there is no field \`${name}\` here`, {
      hint: isNear ? hint : `text stands in quotes: \`"${name}"\``,
    }),
  );
  return null;
}

function reportWord({ name, span }: Name, what: string, words: readonly string[], { report }: Checker): null {
  const plural = what === 'quality' ? 'qualities' : 'severities';
  report(error('MR2001', span, `there is no ${what} \`${name}\``, { hint: hintFor(name, words, plural) }));
  return null;
}
