import type {
  By,
  DeriveStatement,
  Expression,
  Identifier,
  RuleStatement,
  StreamStatement,
  StringLiteral,
} from '../ast.ts';
import { ALERT_FIELDS } from '../plan.ts';
import { isAlertField, reportUnknownChanges } from './alert-changes.ts';
import type { Context } from './context.ts';
import { NO_DELAY } from './delay.ts';
import type { CheckedAlerts, CheckedRule, CheckedStream } from './program.ts';
import { notYet } from './report.ts';
import { planField } from './plan-field.ts';
import type { SchemaField, StreamSchema } from './schema.ts';
import { walkExpression } from './walk-syntax.ts';

export type AlertsInput = { readonly schema: StreamSchema; readonly alerts: CheckedAlerts };

/** What alerts can be of: all that is checked so far, what it reads itself among it. */
export type AlertSources = {
  readonly rules: CheckedRule[];
  readonly streams: CheckedStream[];
  /** Names of the rules that read alerts: those are read only where they are named. */
  readonly behind: ReadonlySet<string>;
};

/** The rules that its `where` names, where it reads alerts itself. */
export function rulesNamedBy(statement: RuleStatement | DeriveStatement | StreamStatement): readonly string[] {
  if (statement.kind === 'stream' || statement.where === null) return [];
  const from = statement.kind === 'rule' ? statement.on : statement.from;
  if ((from.kind !== 'on-stream' && from.kind !== 'from-stream') || from.stream.name !== 'alerts') return [];
  return namedRules(statement.where, from.alias?.name ?? null)?.map(({ value }) => value) ?? [];
}

/**
 * What a rule `on alerts`, or a stream `from alerts`, reads: the changes of all rules of the file that do not read alerts
 * themselves, or of those that its `where` names. Null after a report.
 */
export function alertsInput(
  statement: RuleStatement | DeriveStatement,
  { stream, alias }: { readonly stream: Identifier; readonly alias: Identifier | null },
  of: AlertSources,
  context: Context,
): AlertsInput | null {
  const { name, where } = statement;
  const named = where === null ? null : namedRules(where, alias?.name ?? null);
  if (named !== null && !areReadable(named, of, context)) return null;
  const isRead = ({ name: rule }: CheckedRule) =>
    named === null ? !of.behind.has(rule) : named.some(({ value }) => value === rule);
  const rules = of.rules.filter(isRead);
  if (rules.length === 0) {
    const hint = 'write a rule on a stream that is not made of alerts';
    context.report(notYet('MR8066', stream.span, 'alerts of no rule cannot be read', hint));
    return null;
  }
  const key = sharedKey(rules, context);
  const fields = new Map<string, SchemaField>(key.map(field => [field.name, field]));
  for (const { name: own, type } of ALERT_FIELDS) {
    if (!fields.has(own)) fields.set(own, { name: own, type, unit: null, declaredAt: null }); // a key may be called `id`
  }
  for (const label of rules.flatMap(({ rule }) => Object.keys(rule.labels))) {
    if (!fields.has(label)) fields.set(label, { name: label, type: 'symbol', unit: null, declaredAt: null });
  }
  const carried = sharedFields(rules, context).filter(({ name: field }) => !fields.has(field));
  for (const field of carried) fields.set(field.name, field);
  if (!key.some(field => field.name === 'change')) {
    for (const own of expressionsIn(statement)) reportUnknownChanges(own, alias?.name ?? null, context.report);
  }
  const schema: StreamSchema = {
    name: `alerts for ${name.name}`,
    fields,
    key: key.map(field => field.name),
    faulty: new Set(),
    timeNames: [],
    isSource: false,
    endless: null,
    delay: NO_DELAY,
    hasRevision: false,
  };
  const alerts = {
    sources: sourcesOf(rules, of.streams),
    rules: rules.map(rule => rule.name),
    key: key.map(planField),
    carried: carried.map(planField),
    asked: isOfAll(statement) ? new Set(fields.keys()) : namesIn(statement),
  };
  return { schema, alerts };
}

/** False after a report of one that is no rule, and where one is wrong itself. */
function areReadable(named: readonly StringLiteral[], { rules }: AlertSources, context: Context): boolean {
  const readable = named.filter(({ value, span }) => {
    if (context.names.rule({ kind: 'identifier', name: value, span }, context.report) === null) return false;
    return rules.some(rule => rule.name === value);
  });
  return readable.length === named.length;
}

/** Null: it may be any. `rule == "hot"` and `rule in ("hot", "cold")` name them, also beside other conditions. */
function namedRules(where: Expression, alias: string | null): readonly StringLiteral[] | null {
  if (where.kind === 'binary' && where.operator === 'and')
    return namedRules(where.left, alias) ?? namedRules(where.right, alias);
  if (where.kind === 'binary' && where.operator === '==' && isAlertField(where.left, 'rule', alias))
    return textsOf([where.right]);
  if (
    where.kind === 'in' &&
    !where.isNegated &&
    isAlertField(where.operand, 'rule', alias) &&
    Array.isArray(where.items)
  )
    return textsOf(where.items);
  return null;
}

function textsOf(items: readonly Expression[]): readonly StringLiteral[] | null {
  const texts = items.filter(item => item.kind === 'string');
  return texts.length === items.length ? texts : null;
}

/** Fields that are of the key of all of them, of one type and unit. */
function sharedKey(rules: readonly CheckedRule[], { schemas }: Context): SchemaField[] {
  return shared(
    rules.map(({ on, by }) => {
      const schema = schemas.get(on)!;
      return (by ?? schema.key).map(field => schema.fields.get(field)!);
    }),
  );
}

/**
 * Fields that all their streams have, of one type and unit, in a key or not: their alerts carry them where they are asked for.
 */
function sharedFields(rules: readonly CheckedRule[], { schemas }: Context): SchemaField[] {
  const lists = rules.map(({ on }) => [...schemas.get(on)!.fields.values()]);
  return shared(lists).filter(({ type }) => type !== 'quality');
}

function shared(lists: readonly (readonly SchemaField[])[]): SchemaField[] {
  const [first = [], ...others] = lists;
  return first.filter(field => others.every(fields => fields.some(other => isAlike(field, other))));
}

function isAlike(a: SchemaField, b: SchemaField): boolean {
  return a.name === b.name && a.type === b.type && a.unit?.text === b.unit?.text;
}

/** Without a `select`, rows have all fields. */
function isOfAll(statement: RuleStatement | DeriveStatement): boolean {
  return statement.kind === 'derive' && statement.select === null;
}

/** What may be asked of the alerts that it reads: every name in it. */
function namesIn(statement: RuleStatement | DeriveStatement): Set<string> {
  const names = new Set<string>();
  for (const expression of expressionsIn(statement)) {
    walkExpression(expression, inside => {
      if (inside.kind === 'name') names.add(inside.name);
      if (inside.kind === 'member') names.add(inside.property.name);
    });
  }
  if (statement.kind === 'derive') return names;
  for (const member of statement.members) {
    if (member.kind === 'text') for (const [, name] of member.text.value.matchAll(/\{(\w+)/g)) names.add(name!);
  }
  return names;
}

function expressionsIn(statement: RuleStatement | DeriveStatement): Expression[] {
  const { where, by, lookups } = statement;
  const own = statement.kind === 'rule' ? conditionsOf(statement) : valuesOf(statement);
  return [where ?? [], fieldsOf(by), lookups.flatMap(({ key }) => key), own].flat();
}

function conditionsOf({ members }: RuleStatement): Expression[] {
  return members.flatMap(member => {
    if (member.kind === 'level' || member.kind === 'clear' || member.kind === 'suppress') return member.when ?? [];
    return member.kind === 'while' ? member.condition : [];
  });
}

function valuesOf({ window, select, having }: DeriveStatement): Expression[] {
  const ends = window?.kind === 'state' ? [window.from, window.to] : [];
  return [ends, select?.map(({ value }) => value) ?? [], having ?? []].flat();
}

function fieldsOf(by: By | null): readonly Expression[] {
  return by?.kind === 'by-fields' ? by.fields : [];
}

/** In the order of the file. */
function sourcesOf(rules: readonly CheckedRule[], streams: readonly CheckedStream[]): string[] {
  const sources = new Set(rules.flatMap(({ on, ...rule }) => sourcesBehind({ ...rule, from: on }, streams)));
  return streams.flatMap(({ kind, schema }) => (kind === 'source' && sources.has(schema.name) ? [schema.name] : []));
}

type RowsOrigin = Pick<Extract<CheckedStream, { kind: 'derived' }>, 'from' | 'alerts' | 'pattern' | 'join'>;

/** The streams from connectors that rows come from in the end. */
function sourcesBehind(
  { from, alerts, pattern, join }: RowsOrigin,
  streams: readonly CheckedStream[],
): readonly string[] {
  if (alerts !== undefined) return alerts.sources;
  const read = pattern?.streams ?? (join === undefined ? undefined : [join.left, join.right]);
  const names = read === undefined ? [from] : read.map(({ schema }) => schema.name);
  return names.flatMap(name => {
    const stream = streams.find(({ schema }) => schema.name === name);
    return stream?.kind === 'derived' ? sourcesBehind(stream, streams) : [name];
  });
}
