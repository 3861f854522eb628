import type { ValueType } from '../../dsl/plan.ts';
import { indented, quoted } from './sql-text.ts';
import { sqlType } from './sql-type.ts';

export type SinkColumn = { readonly name: string; readonly type: ValueType };

export function sinkTable(table: string, columns: readonly SinkColumn[], connector: string): string {
  const declarations = columns.map(({ name, type }) => `${quoted(name)} ${sqlType(type)}`);
  return `CREATE TABLE ${quoted(table)} (\n${indented(declarations.join(',\n'))}\n) WITH (\n${indented(connector)}\n)`;
}
