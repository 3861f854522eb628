import type { Expression } from '../ast.ts';
import { ColumnNames, StageColumns } from './columns.ts';
import { conditionIn } from './condition.ts';
import type { Context } from './context.ts';
import type { CheckedWhere } from './program.ts';
import { bindingsOf, type StreamSchema } from './schema.ts';
import type { Binding } from './scope.ts';
import { scopeOf } from './statement-scope.ts';

/** The stream's other name, and those of rows that are looked up. */
export type RowNames = { readonly alias: string | null; readonly lookups: ReadonlyMap<string, Binding> };

/** `where` of a derived stream or a rule: it sees all events of the stream (MEANING.md 16). Null after a report. */
export function checkWhere(
  where: Expression,
  input: StreamSchema,
  { alias, lookups }: RowNames,
  context: Context,
): CheckedWhere | null {
  const columns = new StageColumns('where', new ColumnNames());
  const scope = scopeOf([bindingsOf(input, alias), lookups, context.constants.bindings], {
    place: '`where`',
    aggregates: 'range',
    hoist: columns,
  });
  const condition = conditionIn(where, scope, context);
  return condition && { columns: columns.requests, condition: condition.expression };
}
