import type { By, DeriveStatement, Expression, RuleStatement } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import { ALERT_FIELDS, type Field } from '../plan.ts';
import type { Context } from './context.ts';
import type { CheckedAlerts, CheckedRule, CheckedStream } from './program.ts';
import { notYet } from './report.ts';
import type { SchemaField, StreamSchema } from './schema.ts';
import { walkExpression } from './walk-syntax.ts';

export type AlertsInput = { readonly schema: StreamSchema; readonly alerts: CheckedAlerts };

/** What alerts can be of: no rule on alerts, and no stream that is made of them. */
export type AlertSources = { readonly rules: readonly CheckedRule[]; readonly streams: readonly CheckedStream[] };

/**
 * What a rule `on alerts`, or a stream `from alerts`, reads: the changes of all rules of the file that do not read alerts
 * themselves, or of those that its `where` names. Null after a report.
 */
export function alertsInput(
  statement: RuleStatement | DeriveStatement,
  readAt: Span,
  of: AlertSources,
  context: Context,
): AlertsInput | null {
  const { name, where } = statement;
  const named = where === null ? null : namedRules(where);
  const rules = of.rules.filter(rule => named === null || named.includes(rule.name));
  const sources = new Set(rules.map(rule => sourceOf(rule.on, of.streams)));
  const [source] = sources;
  if (sources.size !== 1 || source === undefined) {
    const what =
      sources.size === 0
        ? 'alerts of no rule cannot be read'
        : 'alerts of rules on several sources cannot be read together';
    const hint = 'name rules on one source in `where`: `where rule in ("hot", "cold")`';
    context.report(notYet('MR8066', readAt, what, hint));
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
  const schema: StreamSchema = {
    name: `alerts for ${name.name}`,
    fields,
    key: key.map(field => field.name),
    faulty: new Set(),
    timeNames: [],
    isSource: false,
    endless: null,
    hasRevision: false,
  };
  const alerts = {
    source,
    rules: rules.map(rule => rule.name),
    key: key.map(planField),
    carried: carried.map(planField),
    asked: isOfAll(statement) ? new Set(fields.keys()) : namesIn(statement),
  };
  return { schema, alerts };
}

/** Null: it may be any. `rule == "hot"` and `rule in ("hot", "cold")` name them, also beside other conditions. */
function namedRules(where: Expression): readonly string[] | null {
  if (where.kind === 'binary' && where.operator === 'and') return namedRules(where.left) ?? namedRules(where.right);
  if (where.kind === 'binary' && where.operator === '==' && isRule(where.left)) return textsOf([where.right]);
  if (where.kind === 'in' && !where.isNegated && isRule(where.operand) && Array.isArray(where.items))
    return textsOf(where.items);
  return null;
}

function isRule(expression: Expression): boolean {
  return expression.kind === 'name' && expression.name === 'rule';
}

function textsOf(items: readonly Expression[]): readonly string[] | null {
  const texts = items.flatMap(item => (item.kind === 'string' ? [item.value] : []));
  return texts.length === items.length ? texts : null;
}

/** Fields that are of the key of all of them, of one type. */
function sharedKey(rules: readonly CheckedRule[], { schemas }: Context): SchemaField[] {
  return shared(
    rules.map(({ on, by }) => {
      const schema = schemas.get(on)!;
      return (by ?? schema.key).map(field => schema.fields.get(field)!);
    }),
  );
}

/** Fields that all their streams have, of one type: their alerts carry them where they are asked for. */
function sharedFields(rules: readonly CheckedRule[], { schemas }: Context): SchemaField[] {
  return shared(
    rules.map(({ on, by }) => {
      const { fields, key } = schemas.get(on)!;
      const isCarried = ({ name, type }: SchemaField) => !(by ?? key).includes(name) && type !== 'quality';
      return [...fields.values()].filter(isCarried);
    }),
  );
}

function shared(lists: readonly (readonly SchemaField[])[]): SchemaField[] {
  const [first = [], ...others] = lists;
  return first.filter(({ name, type }) =>
    others.every(fields => fields.some(field => field.name === name && field.type === type)),
  );
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
    if (member.kind === 'level' || member.kind === 'clear') return member.when ?? [];
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

/** The stream from a connector that a stream's rows come from. */
function sourceOf(name: string, streams: readonly CheckedStream[]): string {
  const stream = streams.find(({ schema }) => schema.name === name);
  return stream?.kind === 'derived' ? sourceOf(stream.from, streams) : name;
}

function planField({ name, type, unit }: SchemaField): Field {
  return { name, type, ...(unit === null ? {} : { unit: unit.text }) };
}
