import { revisedBy } from '../revision/revised-by.ts';
import { isRevised, type RevisedWindow } from '../revision/revision-slice.ts';
import type { Building } from './building.ts';

/** Windows that late events of a source revise: by its own keys where `rekeyId` is null, or by those of a rekey. */
export function revisedWindows(
  { options, readers }: Building,
  sourceId: string,
  rekeyId: string | null,
): readonly RevisedWindow[] {
  return options.plan.nodes.filter(isRevised).filter(node => {
    const by = revisedBy(node, readers);
    return by?.source.id === sourceId && (by.rekey?.id ?? null) === rekeyId;
  });
}
