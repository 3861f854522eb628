import type { Expression } from '../../dsl/plan.ts';
import { renameColumns } from '../../dsl/rename-columns.ts';

/** What an expression reads, each once. */
export function columnsOf(expression: Expression): readonly string[] {
  const columns = new Set<string>();
  renameColumns(expression, column => {
    columns.add(column);
    return column;
  });
  return [...columns];
}
