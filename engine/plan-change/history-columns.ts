import type { HistoryNode } from '../../dsl/plan.ts';

/** The columns that its values come from. */
export function historyColumns({ argument, limit, quality }: HistoryNode): readonly string[] {
  return [argument, limit, quality].filter(name => name !== undefined);
}
