import type { Column } from '../../batch.ts';

/** Columns that are given away as they are. */
type Owned = {
  readonly timeUs: Float64Array;
  readonly arrivalUs?: Float64Array;
  readonly key?: readonly Column[];
  readonly columns: readonly Column[];
  readonly own?: readonly Column[];
};

/** The memory of columns, each once: handed over between threads it is moved, not copied. Texts are copied. */
export function buffersOf(owned: readonly Owned[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBufferLike>();
  for (const { timeUs, arrivalUs, key = [], columns, own = [] } of owned) {
    buffers.add(timeUs.buffer);
    if (arrivalUs !== undefined) buffers.add(arrivalUs.buffer);
    for (const column of [...key, ...columns, ...own]) {
      if (column.type !== 'string') buffers.add(column.values.buffer);
      if (column.valid !== undefined) buffers.add(column.valid.buffer);
    }
  }
  return [...buffers].filter(buffer => buffer instanceof ArrayBuffer);
}
