import type { RuleMember } from '../ast.ts';
import { columnsIn, columnsOf, mapOperands } from '../plan/expression-parts.ts';
import type { Expression, Suppression } from '../plan.ts';
import { AlertCalls } from './alert-call.ts';
import { ColumnNames, type ColumnRequest, historyArguments, StageColumns } from './columns.ts';
import { conditionIn } from './condition.ts';
import type { Context } from './context.ts';
import type { CheckedRule, CheckedSuppression } from './program.ts';
import { error } from './report.ts';
import type { RuleScope } from './rule-scope.ts';
import { bindingsOf } from './schema.ts';
import type { UnboundName } from './scope.ts';
import { scopeOf } from './statement-scope.ts';
import { type AskedAlert, reportCircles } from './suppression-order.ts';

type SuppressMember = Extract<RuleMember, { kind: 'suppress' }>;

/** The rules with what suppresses their alerts, which may be alerts of any of them. */
export function withSuppressions(rules: readonly CheckedRule[], context: Context): CheckedRule[] {
  const asked = new Map<string, readonly AskedAlert[]>();
  const all = rules.map(rule => {
    const scope = context.ruleScopes.get(rule.name)!;
    const members = scope.statement.members.filter(member => member.kind === 'suppress');
    if (members.length === 0) return rule;
    const calls = new AlertCalls(context);
    const suppression = checkSuppression(members, scope, calls, context);
    asked.set(rule.name, calls.asked);
    if (suppression === null) return rule;
    const pattern = scope.matches?.pattern() ?? rule.pattern; // with the values that are asked for here
    return { ...rule, ...(pattern === undefined ? {} : { pattern }), suppression };
  });
  reportCircles(asked, context.report);
  return all;
}

/** Any of several is enough; null after a report. */
function checkSuppression(
  members: readonly SuppressMember[],
  { schema, names: { alias, lookups }, matches }: RuleScope,
  calls: AlertCalls,
  context: Context,
): CheckedSuppression | null {
  const columns = new StageColumns('suppress', new ColumnNames());
  const scope = scopeOf(
    [bindingsOf(schema, alias), matches?.bindings ?? new Map(), lookups, context.constants.bindings],
    {
      place: "`suppress`'s `when`",
      aggregates: 'range',
      hoist: columns,
      alertCall: (call, checker) => calls.check(call, checker),
      unbound: name => ruleAsName(name, context) ?? matches?.unbound(name),
    },
  );
  const checked = members.map(({ when }) => conditionIn(when, scope, context));
  const conditions = checked.flatMap(each => (each === null ? [] : [each.expression]));
  if (conditions.length < members.length || reportsPast(columns.requests, calls, context)) return null;
  const condition = conditions.map(each => overColumns(each, calls, columns)).reduce(either);
  const read = new Map<string, Suppression['columns'][number]>();
  for (const [column, type] of calls.keyTypes) read.set(column, { column, type });
  for (const { column, type } of columnsIn(condition)) if (!calls.isAlert(column)) read.set(column, { column, type });
  return { condition, columns: [...read.values()], alerts: calls.list, requests: columns.requests };
}

/** `suppress when stopped`: the rule, and not a field. */
function ruleAsName({ name, span, isRow }: UnboundName, { names, ruleScopes }: Context) {
  if (isRow || names.get(name)?.kind !== 'rule') return undefined;
  const key = ruleScopes.get(name)?.schema.key ?? [];
  const hint = `ask of its alerts: \`alert(${[`"${name}"`, ...key].join(', ')})\``;
  return error('MR2001', span, `\`${name}\` is a rule, and no field`, { hint });
}

function either(left: Expression, right: Expression): Expression {
  return { kind: 'or', type: 'bool', left, right };
}

/** What asks of no alert is computed where the rows are. */
function overColumns(expression: Expression, calls: AlertCalls, columns: StageColumns): Expression {
  if (expression.kind === 'literal' || expression.kind === 'column') return expression;
  if (columnsOf(expression).some(column => calls.isAlert(column))) {
    return mapOperands(expression, operand => overColumns(operand, calls, columns));
  }
  return { kind: 'column', type: expression.type, column: columns.compute(expression) };
}

/** An alert begins and ends between rows: nothing that is of rows can be made of it. */
function reportsPast(requests: readonly ColumnRequest[], calls: AlertCalls, { report }: Context): boolean {
  const column = requests.flatMap(readBy).find(read => calls.isAlert(read));
  if (column === undefined) return false;
  const hint = 'write it beside other conditions, with `and`, `or` and `not`';
  report(
    error('MR3083', calls.spanOf(column), '`alert` is no value of an event, so nothing can look back at it', { hint }),
  );
  return true;
}

function readBy(request: ColumnRequest): readonly string[] {
  switch (request.kind) {
    case 'compute':
      return columnsOf(request.expression);
    case 'range':
    case 'detector':
      return request.call.arguments;
    case 'history':
      return historyArguments(request.call);
    case 'lookup':
      return request.key;
  }
}
