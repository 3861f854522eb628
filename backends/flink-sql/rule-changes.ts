import { type RuleNode, SEVERITIES } from '../../dsl/plan.ts';
import { requireOrder } from './clock.ts';
import { asValue } from './instant.ts';
import { withBefore, withLastKnown } from './over.ts';
import type { Queries } from './queries.ts';
import { filtered, ready, type Rows } from './rows.ts';
import { refuseParts } from './rule-parts.ts';
import { atom, BINDING, type Sql } from './sql.ts';
import { textLiteral } from './sql-text.ts';

/** The columns of a change that every rule has, by what the plan calls them in routes. */
export const CHANGE_COLUMNS = { severity: '#severity', change: '#change' } as const;

const LEVEL = '#level';
const BEFORE = '#level before';
const NONE = "'none'";

/**
 * The changes of a rule's alerts whose levels come and go with events alone. Its level at an event is the last one that an event
 * decided, so that hysteresis is a last known value; a change is where it differs from the one before.
 */
export function ruleChanges(rule: RuleNode, queries: Queries): Rows {
  refuseParts(rule, queries.gaps);
  queries.note('rule');
  const read = [
    ...rule.levels.map(({ when }) => when),
    ...(rule.clear === null ? [] : [rule.clear.when]),
    ...(rule.quality.column === null ? [] : [rule.quality.column]),
    ...rule.values.map(({ column }) => column),
  ];
  const input = withLevel(rule, queries.rows(rule.input, read), queries);
  requireOrder(input.clock, 'a rule', queries.gaps);
  const rows = ready(withBefore(ready(input), [{ name: BEFORE, value: rows => rows.columns.get(LEVEL)!, events: 1 }]));
  const level = rows.columns.get(LEVEL)!.text;
  const before = `COALESCE(${rows.columns.get(BEFORE)!.text}, ${NONE})`;
  const change = `CASE ${NONE} WHEN ${before} THEN 'raised' WHEN ${level} THEN 'cleared' ELSE 'level' END`;
  const columns = new Map<string, Sql>([
    ...rows.key.map(column => [column, rows.columns.get(column)!] as const),
    ['time', rows.columns.get('time')!],
    ...[...rows.columns].filter(([column]) => column === '#row_time'),
    [CHANGE_COLUMNS.change, atom(change)],
    [CHANGE_COLUMNS.severity, atom(`CASE ${level} WHEN ${NONE} THEN ${before} ELSE ${level} END`)],
    ...rule.values
      .filter(({ name }) => !rows.key.includes(name) && name !== 'time')
      .map(({ name, column, type }) => [name, asValue(queries.column(rows, column), type)] as const),
  ]);
  const isChange: Sql = { text: `${level} <> ${before}`, binding: BINDING.compare, isDouble: false };
  return { ...filtered(rows, () => isChange), columns };
}

/** Adds the level that holds at each event: a severity, `none`, or null before anything is known. */
function withLevel(rule: RuleNode, input: Rows, queries: Queries): Rows {
  const levels = rule.levels.toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity));
  const conditions = [...levels.map(({ when }) => when), ...(rule.clear === null ? [] : [rule.clear.when])];
  const truth = (column: string) => (rows: Rows) => known(rule, queries.column(rows, column), rows, queries);
  const [only] = conditions;
  if (conditions.length === 1) {
    return withLastKnown(input, [
      {
        name: LEVEL,
        value: rows => {
          const { text } = truth(only!)(rows);
          return atom(`CASE ${text} WHEN TRUE THEN ${textLiteral(levels[0]!.severity)} WHEN FALSE THEN ${NONE} END`);
        },
      },
    ]);
  }
  const names = conditions.map((_, index) => `#known ${index + 1}`);
  const rows = ready(
    withLastKnown(
      input,
      conditions.map((column, index) => ({ name: names[index]!, value: truth(column) })),
    ),
  );
  const holds = names.map(name => rows.columns.get(name)!.text);
  const cases = levels.map(({ severity }, index) => `WHEN ${holds[index]!} THEN ${textLiteral(severity)}`);
  const otherwise = rule.clear === null ? `ELSE ${NONE}` : `WHEN ${holds.at(-1)!} THEN ${NONE}`;
  const withTruths = withLastKnown(rows, [
    { name: LEVEL, value: () => atom(`CASE ${cases.join(' ')} ${otherwise} END`) },
  ]);
  return { ...withTruths, columns: new Map([...withTruths.columns].filter(([column]) => !names.includes(column))) };
}

/** A reading that is not good says nothing. */
function known({ quality }: RuleNode, condition: Sql, rows: Rows, queries: Queries): Sql {
  if (quality.column === null) return condition;
  const reading = queries.column(rows, quality.column).text;
  return atom(`CASE WHEN ${reading} = 'good' THEN ${condition.text} END`);
}
