import type { RowPart, SeriesBounds, SeriesRead, SeriesReader } from '../../engine/connector.ts';

/** Rows in order of time, or none; and the time before which all rows have come. */
export type ReadSlice = { readonly page: RowPart | null; readonly readUs: number };

/**
 * Reads a stretch by slices of event time, each as long as brings a few pages: a store that sorts for each page sorts little, and looks at no
 * more than that.
 */
export async function* readInSlices(
  reader: SeriesReader,
  read: SeriesRead,
  { firstUs, lastUs }: SeriesBounds,
): AsyncGenerator<ReadSlice> {
  const { pageRows } = read;
  const endUs = Math.min(read.toUs, lastUs + 1);
  let widthUs = FIRST_WIDTH_US;
  for (let fromUs = Math.max(read.fromUs, firstUs); fromUs < endUs; ) {
    const toUs = Math.min(fromUs + widthUs, endUs);
    let rows = 0;
    for await (const page of reader.read({ ...read, fromUs, toUs })) {
      rows += page.length;
      yield { page, readUs: page.timeUs[page.length - 1]! };
    }
    yield { page: null, readUs: toUs };
    if (rows < pageRows) widthUs *= 2;
    else if (rows > pageRows * MOST_PAGES) widthUs = Math.max(1, widthUs / 2);
    fromUs = toUs;
  }
}

const FIRST_WIDTH_US = 600_000_000;
const MOST_PAGES = 4;
