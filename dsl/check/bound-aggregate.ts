import type { Expression as Syntax } from '../ast.ts';
import type { Aggregate } from '../catalog/aggregates.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { BoundAggregate } from '../plan.ts';
import { resultType, resultUnit } from './aggregate-call.ts';
import { checkArguments, isCountRight } from './arguments.ts';
import type { Call } from './call.ts';
import type { Checker } from './checker.ts';
import { checkExpression } from './expression.ts';
import { error } from './report.ts';
import type { Checked, RepeatedBinding, Scope, UnboundName } from './scope.ts';
import { walkExpression } from './walk-syntax.ts';

/**
 * `avg(v.rms)`, `count(v)`: over all events that a pattern has bound to a name. Null after a report; undefined: no
 * argument names such events.
 */
export function checkBoundAggregate(call: Call, entry: Aggregate, checker: Checker): Checked | null | undefined {
  const over = bindingIn(call, checker.scope);
  if (over === undefined) return isOverOne(call, checker.scope) ? reportOne(call, checker) : undefined;
  const { report, scope } = checker;
  const aggregate = BOUND_AGGREGATES.find(name => name === entry.aggregate);
  const [argument, ...rest] = call.arguments;
  if ((call.name.name === 'first' || call.name.name === 'last') && argument?.kind === 'member') {
    const hint = `write \`${over.name}.${call.name.name}.${argument.property.name}\``;
    report(error('MR2651', call.span, `\`${call.name.name}\` of \`${over.name}\` is one of its events`, { hint }));
    return null;
  }
  if (aggregate === undefined) {
    const hint = `those that can: ${NAMES.join(', ')}`;
    const message = `\`${call.name.name}\` needs all values, and a partial match keeps none but first and last`;
    report(error('MR2651', call.span, message, { hint }));
    return null;
  }
  if (isCountOf(call, over)) {
    const of = { column: null, type: 'int', unit: null, text: `count(${over.name})` } as const;
    return valueOf(call, over.ask(aggregate, of), of, scope);
  }
  const range = rest.find(({ kind }) => kind === 'duration' || kind === 'events');
  if (range !== undefined) {
    const hint = 'leave the range out: how long the events may take is `within`';
    const message = `\`${call.name.name}\` is over all events of \`${over.name}\`, and no others`;
    report(error('MR2651', range.span, message, { hint }));
    return null;
  }
  if (!isCountRight(call, entry.parameters, checker)) return null;
  const values = checkArguments(call, entry.parameters, ofEvents(over, checker));
  const unit = values && resultUnit(call, entry.result.unit, values, checker);
  if (values === null || unit === undefined) return null;
  const type = resultType(entry, values);
  const column = over.hoist.compute(values[0]!.expression);
  const inside = column.startsWith('#') ? column.slice(1) : `${over.name}.${column}`;
  const of = { column, type, unit, text: `${call.name.name}(${inside})` };
  return valueOf(call, over.ask(aggregate, of), of, scope);
}

function valueOf(
  { span }: Call,
  column: string,
  { type, unit }: Pick<Checked, 'type' | 'unit'>,
  { onCall }: Scope,
): Checked {
  onCall?.(column, span);
  return { expression: { kind: 'column', type, column }, type, unit, span };
}

/** The one that an argument names first. */
function bindingIn(call: Call, scope: Scope): RepeatedBinding | undefined {
  let found: RepeatedBinding | undefined;
  for (const argument of call.arguments) {
    walkExpression(argument, inside => {
      const binding = inside.kind === 'name' ? scope.resolve(inside.name) : undefined;
      if (binding?.kind === 'repeated') found ??= binding;
    });
    if (isOfOneEvent(argument)) found = undefined;
  }
  return found;
}

/** `avg(a.temp)` where `a` is one event. */
function isOverOne({ arguments: [argument, ...others] }: Call, scope: Scope): boolean {
  if (argument?.kind !== 'member' || argument.object.kind !== 'name' || others.length > 0) return false;
  const binding = scope.resolve(argument.object.name);
  return binding?.kind === 'record' && binding.isEvent === true && scope.aggregates !== 'window';
}

function reportOne({ name, arguments: syntaxes, span }: Call, { report }: Checker): null {
  const [argument] = syntaxes;
  const event = argument?.kind === 'member' && argument.object.kind === 'name' ? argument.object.name : '';
  const hint = `an event that is repeated has several values: \`${event}: …{3}\`, \`${event}: …+\``;
  report(error('MR2651', span, `\`${event}\` is one event, and \`${name.name}\` is over several`, { hint }));
  return null;
}

/** `v.last.rms` is a single value, which an aggregate over events has no use for. */
function isOfOneEvent(syntax: Syntax): boolean {
  if (syntax.kind !== 'member') return false;
  const { object } = syntax;
  return object.kind === 'index' || (object.kind === 'member' && ['first', 'last'].includes(object.property.name));
}

function isCountOf({ name, arguments: syntaxes }: Call, over: RepeatedBinding): boolean {
  const [argument] = syntaxes;
  return name.name === 'count' && syntaxes.length === 1 && argument!.kind === 'name' && argument!.name === over.name;
}

/** Each event for itself: its own fields, and constants. */
function ofEvents(over: RepeatedBinding, { scope, report }: Checker): Checker {
  const inside: Scope = {
    ...scope,
    hoist: over.hoist,
    aggregates: 'none',
    place: `an aggregate over \`${over.name}\``,
    resolve: name => {
      if (name === over.name) return { kind: 'record', members: over.members, declaredAt: over.declaredAt };
      const binding = scope.resolve(name);
      return binding?.kind === 'constant' ? binding : undefined;
    },
    names: () => [over.name],
    unbound: name => (scope.resolve(name.name) === undefined ? scope.unbound?.(name) : ofOthers(name, over)),
  };
  const checker: Checker = {
    scope: inside,
    report,
    isInAggregate: true,
    check: syntax => checkExpression(syntax, inside, report),
    inAggregate: () => checker,
  };
  return checker;
}

function ofOthers({ name, span }: UnboundName, over: RepeatedBinding): Diagnostic {
  const hint = `compute with the aggregate: \`avg(${over.name}.…) - ${name}.…\``;
  const message = `an aggregate over \`${over.name}\` is of its own values alone`;
  return error('MR2651', span, message, { hint });
}

const BOUND_AGGREGATES: readonly BoundAggregate[] = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'stddev',
  'var',
  'spread',
  'delta',
];

/** As rule files write them. */
const NAMES = BOUND_AGGREGATES.map(name => (name === 'spread' ? 'range' : name));
