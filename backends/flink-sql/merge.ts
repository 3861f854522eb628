import type { MergeInput, MergeNode } from '../../dsl/plan.ts';
import { asValue } from './instant.ts';
import type { Queries } from './queries.ts';
import { type Rows, selectText } from './rows.ts';
import { indented, plainName, freeName, quoted } from './sql-text.ts';
import { sqlType } from './sql-type.ts';
import { atom, type Sql } from './sql.ts';

/** Rows of several streams, one below the other: each has its own columns, and null in the others'. */
export function mergedRows(node: MergeNode, wanted: ReadonlySet<string>, queries: Queries): Rows {
  queries.note('merge');
  const inputs = node.inputs.map(input => ({ input, rows: rowsOf(input, wanted, queries) }));
  if (inputs.some(({ rows }) => rows.clock.of.kind !== 'events')) {
    queries.gaps.add('rows of panes or matches beside others', 'Flink has another time for them than rules have');
  }
  const columns = columnsOf(node, wanted);
  const parts = inputs.map(({ input, rows }) => {
    const own = new Map(
      input.columns
        .filter(({ name }) => wanted.has(name))
        .map(({ name, column, type }) => [name, asValue(queries.column(rows, column), type)]),
    );
    const values = columns.map(({ name, sqlName, absent }): readonly [string, Sql, string] => {
      if (name === 'time') return [name, atom(quoted(rows.clock.name)), sqlName];
      return [name, rows.columns.get(name) ?? own.get(name) ?? atom(name === input.isHere ? 'TRUE' : absent), sqlName];
    });
    const names = new Map(values.map(([name, , sqlName]) => [name, sqlName]));
    return selectText({ ...rows, columns: new Map(values.map(([name, sql]) => [name, sql])) }, names);
  });
  return {
    from: { kind: 'query', text: `(\n${indented(parts.join('\nUNION ALL\n'))}\n)` },
    columns: new Map(columns.map(({ name, sqlName, isDouble }) => [name, atom(quoted(sqlName), isDouble)])),
    key: node.key.map(({ name }) => name),
    clock: { name: 'time', of: { kind: 'events' } },
    where: [],
    group: null,
    over: null,
  };
}

function rowsOf({ input, columns }: MergeInput, wanted: ReadonlySet<string>, queries: Queries): Rows {
  return queries.rows(
    input,
    columns.filter(({ name }) => wanted.has(name)).map(({ column }) => column),
  );
}

type MergedColumn = {
  readonly name: string;
  readonly sqlName: string;
  readonly isDouble: boolean;
  readonly absent: string; // in rows of other inputs
};

function columnsOf(node: MergeNode, wanted: ReadonlySet<string>): readonly MergedColumn[] {
  const columns = node.inputs.flatMap(({ columns }) => columns.filter(({ name }) => wanted.has(name)));
  const flags = node.inputs.map(({ isHere }) => isHere).filter(name => wanted.has(name));
  const taken = new Set<string>();
  const named = (name: string, absent: string, isDouble: boolean) => {
    const sqlName = freeName(plainName(name), taken);
    taken.add(sqlName);
    return { name, sqlName, absent, isDouble };
  };
  return [
    ...node.key.map(({ name }) => named(name, 'NULL', false)),
    named('time', 'NULL', false),
    ...columns.map(({ name, type }) => named(name, `CAST(NULL AS ${sqlType(type)})`, type === 'float')),
    ...flags.map(name => named(name, 'FALSE', false)),
  ];
}
