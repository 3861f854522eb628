import type { PlanNode, RekeyNode, SourceNode } from '../../../dsl/plan.ts';
import type { PlanReaders } from '../workers/plan-readers.ts';

/** Whose rows a window has: of the source's own keys where `rekey` is null, else of its sites; `by`: the source's fields of which that is. */
export type RevisedBy = {
  readonly source: SourceNode;
  readonly rekey: RekeyNode | null;
  readonly by: readonly string[];
};

/**
 * By what a window's rows are computed again. Null: what is in front of it is not of rows alone, or it goes by what is no field of
 * its source.
 */
export function revisedBy(window: PlanNode, readers: PlanReaders): RevisedBy | null {
  const way = readers.wayTo(window);
  const source = way.at(-1);
  if (source?.kind !== 'source') return null;
  const rekey = way.find(node => node.kind === 'rekey');
  if (rekey === undefined) return { source, rekey: null, by: source.key };
  const inFront = way.slice(way.indexOf(rekey) + 1, -1);
  const isOfFields = rekey.by.every(name => source.fields.some(field => field.name === name) && isPlain(name, inFront));
  return isOfFields && inFront.every(({ kind }) => OF_ROWS.has(kind)) ? { source, rekey, by: rekey.by } : null;
}

/** The field is the source's of that name: keys come through without being named. */
function isPlain(name: string, inFront: readonly PlanNode[]): boolean {
  return inFront.every(node => {
    if (node.kind !== 'select') return true;
    const field = node.fields.find(selected => selected.name === name);
    return field === undefined || field.column === name;
  });
}

const OF_ROWS: ReadonlySet<PlanNode['kind']> = new Set(['filter', 'compute', 'select']);
