import type { BoundAggregate, BoundValue } from '../../dsl/plan.ts';
import { asDouble } from './doubles.ts';
import type { Gaps } from './gaps.ts';
import { asValue } from './instant.ts';
import type { Variable } from './match-variables.ts';
import { atom, type Sql } from './sql.ts';

/** The variables of an event in their order, and the value's column in the rows of one of them; where rows are counted, their time. */
type Bound = {
  readonly name: string;
  readonly variables: readonly Variable[];
  readonly column: (variable: string) => Sql;
};

export function boundSql(value: BoundValue, bound: Bound, gaps: Gaps): Sql {
  const [first] = bound.variables;
  if (first === undefined) return atom('NULL'); // not bound: a gap that is told already
  const sql = first.quantifier === '' ? ofSingleRows(value, bound) : ofRepeated(value, bound, first);
  if (sql !== undefined) return asValue(sql, value.type);
  const { take } = value;
  const call = take.kind === 'aggregate' ? `${take.aggregate}(${bound.name})` : take.kind;
  return atom(gaps.add(`\`${call}\` of a pattern`, 'Flink SQL has no such aggregate of bound events'));
}

/** Each event is a variable of its own. */
function ofSingleRows({ take, column }: BoundValue, bound: Bound): Sql | undefined {
  const at = (index: number) =>
    index < bound.variables.length ? bound.column(bound.variables[index]!.name) : atom('NULL');
  switch (take.kind) {
    case 'first':
      return at(0);
    case 'last':
      return at(bound.variables.length - 1);
    case 'index':
      return at(take.index);
    case 'aggregate': {
      if (column === null) return atom(String(bound.variables.length));
      return OF_VALUES[take.aggregate]?.(bound.variables.map(({ name }) => bound.column(name)));
    }
  }
}

type OfValues = (values: readonly Sql[]) => Sql;

/** Aggregates over values that stand beside each other; those that are null are skipped. */
const OF_VALUES: Readonly<Partial<Record<BoundAggregate, OfValues>>> = {
  count: values => atom(countText(values)),
  sum: values => atom(`CASE WHEN ${countText(values)} > 0 THEN ${sumText(values)} END`, values[0]!.isDouble),
  avg: values => atom(`${sumText(values.map(asDouble))} / NULLIF(${countText(values)}, 0)`, true),
  min: values => extremeSql('LEAST', values),
  max: values => extremeSql('GREATEST', values),
};

function countText(values: readonly Sql[]): string {
  return `(${values.map(({ text }) => `CASE WHEN ${text} IS NULL THEN 0 ELSE 1 END`).join(' + ')})`;
}

function sumText(values: readonly Sql[]): string {
  return `(${values.map(({ text }) => `COALESCE(${text}, 0)`).join(' + ')})`;
}

/** LEAST and GREATEST are null where one value is: each stands in for the others. */
function extremeSql(name: 'LEAST' | 'GREATEST', values: readonly Sql[]): Sql {
  const filled = values.map((_, index) => {
    const inTurn = [...values.slice(index), ...values.slice(0, index)].map(({ text }) => text);
    return inTurn.length === 1 ? inTurn[0]! : `COALESCE(${inTurn.join(', ')})`;
  });
  return atom(filled.length === 1 ? filled[0]! : `${name}(${filled.join(', ')})`, values[0]!.isDouble);
}

/** One variable has all the events. */
function ofRepeated({ take }: BoundValue, bound: Bound, { name }: Variable): Sql | undefined {
  const value = bound.column(name);
  switch (take.kind) {
    case 'first':
      return atom(`FIRST(${value.text})`, value.isDouble);
    case 'last':
      return atom(`LAST(${value.text})`, value.isDouble);
    case 'index':
      return atom(`FIRST(${value.text}, ${take.index})`, value.isDouble);
    case 'aggregate':
      return OF_REPEATED[take.aggregate]?.(value);
  }
}

const OF_REPEATED: Readonly<Partial<Record<BoundAggregate, (value: Sql) => Sql>>> = {
  count: ({ text }) => atom(`COUNT(${text})`),
  sum: ({ text, isDouble }) => atom(`SUM(${text})`, isDouble),
  avg: value => atom(`AVG(${asDouble(value).text})`, true),
  min: ({ text, isDouble }) => atom(`MIN(${text})`, isDouble),
  max: ({ text, isDouble }) => atom(`MAX(${text})`, isDouble),
};
