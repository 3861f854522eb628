import type { EventBatch } from '../../batch.ts';
import { gatherColumn } from '../../state/columns.ts';
import { gatherFloat64 } from '../../state/gather.ts';

/** [from, to) */
export type TimeWindow = { readonly fromUs: number; readonly toUs: number };

export const ALL_TIME: TimeWindow = { fromUs: -Infinity, toUs: Infinity };

/** The events of these times, by event time, and what was rejected then, by arrival. */
export function eventsWithin(batch: EventBatch, { fromUs, toUs }: TimeWindow): EventBatch {
  const { length, timeUs } = batch;
  if (fromUs === -Infinity && toUs === Infinity) return batch;
  const places = new Uint32Array(length);
  const keptBefore = new Uint32Array(length + 1); // by place
  let count = 0;
  for (let i = 0; i < length; i++) {
    keptBefore[i] = count;
    if (timeUs[i]! >= fromUs && timeUs[i]! < toUs) places[count++] = i;
  }
  keptBefore[length] = count;
  const kept = places.subarray(0, count);
  return {
    ...batch,
    length: count,
    timeUs: gatherFloat64(timeUs, kept),
    arrivalUs: gatherFloat64(batch.arrivalUs, kept),
    columns: batch.columns.map(column => gatherColumn(column, kept, count)),
    rejected: batch.rejected
      .filter(({ arrivalUs }) => arrivalUs >= fromUs && arrivalUs < toUs)
      .map(rejection => ({ ...rejection, atIndex: keptBefore[Math.min(rejection.atIndex, length)]! })),
  };
}
