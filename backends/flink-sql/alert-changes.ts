import type { Expression, RouteNode, RuleNode } from '../../dsl/plan.ts';
import type { Queries } from './queries.ts';
import { filtered, type Rows, selectText } from './rows.ts';
import { CHANGE_COLUMNS } from './rule-changes.ts';
import { atom, type Sql } from './sql.ts';
import { textLiteral } from './sql-text.ts';

/** Changes of the alerts of all rules, of which a route takes those that its condition is true of. */
export function alertsQuery(route: RouteNode, rules: readonly RuleNode[], queries: Queries): string {
  const views = rules.map(rule => ({ rule, rows: queries.read(rule.id) }));
  const key = sharedKey(views.map(({ rows }) => rows.key));
  const parts = views.map(({ rule, rows }) => {
    const columns = new Map<string, Sql>([
      ['rule', atom(textLiteral(rule.name))],
      ...key.map(column => [column, rows.columns.get(column)!] as const),
      ['change', rows.columns.get(CHANGE_COLUMNS.change)!],
      ['severity', rows.columns.get(CHANGE_COLUMNS.severity)!],
      ['time', rows.columns.get('time')!],
    ]);
    const { condition } = route;
    const passed =
      condition === null ? rows : filtered(rows, () => alertCondition(condition, { rule, rows, columns }, queries));
    return selectText({ ...passed, columns }, new Map([...columns.keys()].map(column => [column, column])));
  });
  return parts.join('\nUNION ALL\n');
}

export function sharedKey(keys: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = keys;
  return first.filter(column => others.every(key => key.includes(column)));
}

type Alert = { readonly rule: RuleNode; readonly rows: Rows; readonly columns: ReadonlyMap<string, Sql> };

/** A label is a constant of its rule; what a rule does not have is null. */
function alertCondition(condition: Expression, { rule, rows, columns }: Alert, queries: Queries): Sql {
  return queries.sqlOver(condition, column => {
    const label = rule.labels[column];
    if (label !== undefined) return atom(textLiteral(label));
    return (
      columns.get(column) ?? (rows.key.includes(column) ? rows.columns.get(column)! : atom('CAST(NULL AS STRING)'))
    );
  });
}
