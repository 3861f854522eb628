import { type BoundValue, columnsOf, type Expression, type MatchNode } from '../../dsl/plan.ts';
import { boundSql } from './bound-value.ts';
import { requireDistances } from './clock.ts';
import { intervalOf } from './interval.ts';
import { stepsOf } from './match-steps.ts';
import type { Queries } from './queries.ts';
import { CLOCK, type Rows } from './rows.ts';
import { allOf, isNotTrue, type Columns } from './scalar.ts';
import { atom, type Sql } from './sql.ts';
import { freeName, indented, plainName, quoted } from './sql-text.ts';
import { statementOf } from './statement.ts';
import { type Variable, variablesOf } from './match-variables.ts';

/** Matches as rows of MATCH_RECOGNIZE: the key, the values that are bound, and the time of the last event. */
export function matchRows(node: MatchNode, wanted: ReadonlySet<string>, queries: Queries): Rows {
  const { gaps } = queries;
  queries.note('match');
  if (node.on === 'timeout') gaps.add('`on timeout`', 'MATCH_RECOGNIZE gives nothing for what did not complete');
  const read = queries.rows(node.input, columnsRead(node));
  const input = queries.asTable(read, `${statementOf(node)}_input`, { isPlain: true });
  requireDistances(input.clock, 'a pattern', gaps);
  const variables = variablesOf(stepsOf(node, queries.node(node.input), gaps), node);
  const match = new MatchText(node, { input, variables, queries });
  const values = node.values.filter(({ name }) => wanted.has(name));
  const names = new Map<string, string>();
  for (const { name } of values)
    names.set(name, freeName(plainName(name), new Set(['time', 'row_time', ...names.values(), ...input.key])));
  const columns = new Map<string, Sql>([
    ...input.key.map(column => [column, input.columns.get(column)!] as const),
    ['time', atom(quoted('time'))],
    [CLOCK, atom(quoted('row_time'))],
    ...values.map(({ name, type }) => [name, atom(quoted(names.get(name)!), type === 'float')] as const),
  ]);
  const measures = values.map(value => `${match.bound(value).text} AS ${quoted(names.get(value.name)!)}`);
  const text = `${input.from.text} MATCH_RECOGNIZE (\n${indented(match.text(measures))}\n)`;
  return {
    from: { kind: 'query', text },
    columns,
    key: input.key,
    clock: { name: 'row_time', of: { kind: 'matches' } },
    where: [],
    group: null,
    over: null,
  };
}

class MatchText {
  readonly #node: MatchNode;
  readonly #input: Rows;
  readonly #variables: readonly Variable[];
  readonly #queries: Queries;
  readonly #values: ReadonlyMap<string, BoundValue>;

  constructor(
    node: MatchNode,
    {
      input,
      variables,
      queries,
    }: { readonly input: Rows; readonly variables: readonly Variable[]; readonly queries: Queries },
  ) {
    this.#node = node;
    this.#input = input;
    this.#variables = variables;
    this.#queries = queries;
    this.#values = new Map(node.values.map(value => [value.name, value]));
  }

  text(measures: readonly string[]): string {
    const { skip, withinUs } = this.#node;
    const key = this.#input.key.map(column => this.#input.columns.get(column)!.text);
    const pattern = this.#variables.map(({ name, quantifier }) => `${quoted(name)}${quantifier}`).join(' ');
    const definitions = this.#variables.map(
      variable => `${quoted(variable.name)} AS ${this.#definition(variable).text}`,
    );
    return [
      ...(key.length === 0 ? [] : [`PARTITION BY ${key.join(', ')}`]),
      `ORDER BY ${quoted(this.#input.clock.name)}`,
      `MEASURES\n${indented([...measures, ...this.#times()].join(',\n'))}`,
      'ONE ROW PER MATCH',
      skip === 'none' ? 'AFTER MATCH SKIP TO NEXT ROW' : 'AFTER MATCH SKIP PAST LAST ROW',
      `PATTERN (${pattern})${withinUs === null ? '' : ` WITHIN ${intervalOf(withinUs, this.#queries.gaps)}`}`,
      `DEFINE\n${indented(definitions.join(',\n'))}`,
    ].join('\n');
  }

  /** The time of the last event. Flink's own is later where a match waits for one that began before it. */
  #times(): readonly string[] {
    const last = this.#variables.at(-1);
    const time = last === undefined ? 'NULL' : `LAST(${this.#columnOf(last.name, 'time').text})`;
    return [`CAST(${time} AS TIMESTAMP_LTZ(3)) AS \`time\``, 'MATCH_ROWTIME() AS `row_time`'];
  }

  /** A value of what is bound, as the row of the match or a condition behind it sees it. */
  bound(value: BoundValue): Sql {
    const variables = this.#variables.filter(({ event }) => event === value.event);
    const column = (variable: string) => this.#columnOf(variable, value.column ?? 'time');
    return boundSql(value, { name: this.#node.events[value.event]!.name, variables, column }, this.#queries.gaps);
  }

  #definition({ name, event, not, unlessMore }: Variable): Sql {
    const holds = event === null ? [] : [this.#condition(name, event)];
    const holdsNot = not.map(other => isNotTrue(this.#condition(name, other)));
    if (unlessMore === null) return allOf([...holds, ...holdsNot]);
    const isOther = isNotTrue(this.#condition(name, unlessMore.event));
    if (unlessMore.min === 0) return allOf([...holds, ...holdsNot, isOther]);
    const isFew = `LAST(${quoted(name)}.${quoted(this.#input.clock.name)}, ${unlessMore.min}) IS NULL`;
    return allOf([...holds, ...holdsNot, atom(`(${isFew} OR ${isOther.text})`)]);
  }

  /** Whether the row that `variable` stands for is such an event. */
  #condition(variable: string, event: number): Sql {
    const { rows, when, condition } = this.#node.events[event]!;
    const own = [rows, when].flatMap(column => (column === null ? [] : [this.#columnOf(variable, column)]));
    const bound = condition === null ? [] : [this.#sql(variable, condition)];
    const all = [...own, ...bound];
    return all.length === 0 ? atom('TRUE') : allOf(all);
  }

  #columnOf(variable: string, column: string): Sql {
    return this.#sql(variable, { kind: 'column', type: 'bool', column }); // the type is not looked at
  }

  #sql(variable: string, expression: Expression): Sql {
    const columns: Columns = column => {
      const value = this.#values.get(column);
      if (value !== undefined) return this.bound(value);
      const { text, isDouble } = this.#input.columns.get(column)!;
      return atom(`${quoted(variable)}.${text}`, isDouble);
    };
    return this.#queries.sqlOver(expression, columns);
  }
}

function columnsRead(node: MatchNode): Set<string> {
  const bound = new Set(node.values.map(({ name }) => name));
  const read = [
    ...node.events.flatMap(({ rows, when, condition }) => [
      ...(rows === null ? [] : [rows]),
      ...(when === null ? [] : [when]),
      ...(condition === null ? [] : columnsOf(condition)),
    ]),
    ...node.values.flatMap(({ column }) => (column === null ? [] : [column])),
  ];
  return new Set(read.filter(column => !bound.has(column)));
}
