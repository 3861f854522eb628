import type { Frame } from '../operator.ts';

/** Rows that are kept, for code that reads columns of a frame: nothing that is bound asks for keys. Its arrays are the caller's. */
export function boundFrame(timeUs: Float64Array, columns: Frame['columns']): Frame {
  return {
    length: timeUs.length,
    keyIds: new Uint32Array(0),
    timeUs,
    watermarkUs: timeUs,
    arrivalUs: timeUs,
    rows: undefined,
    hasRows: true,
    columns,
  };
}
