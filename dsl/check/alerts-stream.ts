import type { Expression, RuleStatement } from '../ast.ts';
import { ALERT_FIELDS, type Field } from '../plan.ts';
import type { Context } from './context.ts';
import type { CheckedAlerts, CheckedRule, CheckedStream } from './program.ts';
import { notYet } from './report.ts';
import type { SchemaField, StreamSchema } from './schema.ts';
import { walkExpression } from './walk-syntax.ts';

export type AlertsInput = { readonly schema: StreamSchema; readonly alerts: CheckedAlerts };

/**
 * What a rule `on alerts` reads: the changes of all rules of the file that are not on alerts themselves, or of those that its
 * `where` names. Null after a report.
 */
export function alertsInput(
  { name, on, where }: RuleStatement,
  others: { readonly rules: readonly CheckedRule[]; readonly streams: readonly CheckedStream[] },
  context: Context,
): AlertsInput | null {
  const named = where === null ? null : namedRules(where);
  const rules = others.rules.filter(rule => named === null || named.includes(rule.name));
  const sources = new Set(rules.map(rule => sourceOf(rule.on, others.streams)));
  const [source] = sources;
  if (sources.size !== 1 || source === undefined) {
    const what =
      sources.size === 0
        ? 'alerts of no rule cannot be read'
        : 'alerts of rules on several sources cannot be read together';
    const hint = 'name rules on one source in `where`: `where rule in ("hot", "cold")`';
    context.report(notYet('MR8066', on.span, what, hint));
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

/** What a rule on alerts may ask of the alerts that it reads: every name in it. */
export function namesIn({ where, by, members }: RuleStatement): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (expression: Expression | null) => {
    if (expression === null) return;
    walkExpression(expression, inside => {
      if (inside.kind === 'name') names.add(inside.name);
      if (inside.kind === 'member') names.add(inside.property.name);
    });
  };
  add(where);
  if (by?.kind === 'by-fields') by.fields.forEach(add);
  for (const member of members) {
    if (member.kind === 'level' || member.kind === 'clear') add(member.when);
    if (member.kind === 'while') add(member.condition);
    if (member.kind === 'text') for (const [, name] of member.text.value.matchAll(/\{(\w+)/g)) names.add(name!);
  }
  return names;
}

/** The stream from a connector that a stream's rows come from. */
function sourceOf(name: string, streams: readonly CheckedStream[]): string {
  const stream = streams.find(({ schema }) => schema.name === name);
  return stream?.kind === 'derived' ? sourceOf(stream.from, streams) : name;
}

function planField({ name, type, unit }: SchemaField): Field {
  return { name, type, ...(unit === null ? {} : { unit: unit.text }) };
}
