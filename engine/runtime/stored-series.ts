import { type Plan, rejectedSeries } from '../../dsl/plan.ts';
import type { Series } from '../connector.ts';
import { rejectedShape } from './rejected-rows.ts';
import type { RowShape } from './row-batch.ts';

/** A series that a plan stores. */
export type StoredSeries = {
  /** Under which its rows come, and a checkpoint knows its sink. */
  readonly name: string;
  /** Whose rows, or rejections, they are. */
  readonly stream: string;
  readonly series: Series;
};

/** In the order of the plan; `shapeOf` says it of the rows of a store node. */
export function storedSeries(plan: Plan, shapeOf: (storeNode: string) => RowShape): StoredSeries[] {
  const sources = new Set(plan.nodes.flatMap(node => (node.kind === 'source' ? [node.id] : [])));
  return plan.nodes.flatMap((node): StoredSeries[] => {
    if (node.kind !== 'store') return [];
    const { id: name, input: stream, keepUs } = node;
    const shape = shapeOf(name);
    if (!sources.has(stream)) return [{ name, stream, series: { stream, keepUs, ...shape, kind: 'derived' } }];
    const rejected: Series = { stream: rejectedSeries(stream), keepUs, ...rejectedShape(shape), kind: 'rejected' };
    return [
      { name, stream, series: { stream, keepUs, ...shape, kind: 'raw' } },
      { name: `rejected:${stream}`, stream, series: rejected },
    ];
  });
}
