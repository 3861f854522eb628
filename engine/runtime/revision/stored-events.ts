import { IDENTITY_COLUMNS } from '../../../dsl/plan.ts';
import { type Column, neededFields, type Scalar, type SymbolTable } from '../../batch.ts';
import type { RowPart, Series, SeriesReader } from '../../connector.ts';
import { gatherColumn } from '../../state/columns.ts';
import { gatherFloat64, gatherUint8 } from '../../state/gather.ts';
import type { BatchColumns } from '../workers/worker-protocol.ts';
import { comparePlaces, type EventPlace, type LateMark } from './late-marks.ts';
import type { RevisionReach, RevisionSlice } from './revision-slice.ts';
import { keyTextAt, textOfKey } from './row-key.ts';

/** Of a key's events, those in [fromUs, toUs], with the late ones up to `last`; from `first` on they are new. */
export type KeyStretch = Pick<LateMark, 'key' | 'fromUs' | 'first' | 'last'> & { readonly toUs: number };

/** `isNew`: by event. */
export type ReadEvents = { readonly events: BatchColumns; readonly isNew: Uint8Array };

/** Events of a source as its raw series has them, late ones in their place, by the key of what is computed again. */
export class StoredEvents {
  readonly #reader: SeriesReader;
  readonly #series: Series;
  readonly #slice: Pick<RevisionSlice, 'source' | 'key' | 'rekey'>;
  readonly #symbols: SymbolTable;

  constructor(options: {
    readonly reader: SeriesReader;
    readonly series: Series;
    readonly slice: Pick<RevisionSlice, 'source' | 'key' | 'rekey'>;
    readonly symbols: SymbolTable;
  }) {
    this.#reader = options.reader;
    this.#series = options.series;
    this.#slice = options.slice;
    this.#symbols = options.symbols;
  }

  /**
   * From where a key's events have to be read for all rows at or behind that time to be complete, and for no others to
   * depend on an event at `timeUs` or later.
   */
  async startFor(key: readonly Scalar[], timeUs: number, { lookUs, gapUs, sessions }: RevisionReach): Promise<number> {
    let fromUs = timeUs - lookUs;
    if (gapUs === 0) return fromUs;
    fromUs = await this.#gapBefore(key, fromUs, gapUs);
    if (lookUs === 0) return fromUs;
    for (let i = 0; i < sessions; i++) fromUs = await this.#gapBefore(key, fromUs - lookUs, gapUs);
    return fromUs;
  }

  /** In the order of (time, arrival, sequence), a few thousand at a time, as columns of the source's batches. */
  async *read(stretches: readonly KeyStretch[]): AsyncGenerator<ReadEvents> {
    const byKey = new Map(stretches.map(stretch => [textOfKey(stretch.key), stretch]));
    const pages = this.#pages(
      stretches.map(({ key }) => key),
      {
        fromUs: Math.min(...stretches.map(({ fromUs }) => fromUs)),
        toUs: Math.max(...stretches.map(({ toUs }) => toUs)),
      },
    );
    for await (const page of pages) {
      const key = this.#slice.key.map(({ name }) => this.#columnOf(page, name));
      const rows: number[] = [];
      const isNew = new Uint8Array(page.length);
      for (let row = 0; row < page.length; row++) {
        const timeUs = page.timeUs[row]!;
        const stretch = byKey.get(keyTextAt(key, row, this.#symbols));
        if (stretch === undefined || timeUs < stretch.fromUs || timeUs > stretch.toUs) continue;
        const latePlace = latePlaceOf(page, row);
        if (latePlace !== null && comparePlaces(latePlace, stretch.last) > 0) continue; // another revision takes it
        if (latePlace !== null && comparePlaces(latePlace, stretch.first) >= 0) isNew[row] = 1;
        rows.push(row);
      }
      if (rows.length === 0) continue;
      const places = inOrder(page, rows);
      yield { events: this.#batchOf(page, places), isNew: gatherUint8(isNew, places) };
    }
  }

  /** The latest time up to this at which no event had come for the gap: that time itself, or of an event before it. */
  async #gapBefore(key: readonly Scalar[], timeUs: number, gapUs: number): Promise<number> {
    const { keepUs } = this.#series;
    const longestUs = keepUs ?? LONGEST_US;
    for (let lookUs = 8 * gapUs; ; lookUs *= 8) {
      const fromUs = timeUs - lookUs;
      let startUs = timeUs; // of the run of events that ends at `timeUs`
      const times = await this.#timesOf(key, fromUs, timeUs);
      let i = times.length - 1;
      while (i >= 0 && startUs - times[i]! < gapUs) startUs = times[i--]!;
      if (i >= 0 || startUs - fromUs >= gapUs || lookUs >= longestUs) return startUs;
    }
  }

  /** Of a key's events in [fromUs, toUs). */
  async #timesOf(key: readonly Scalar[], fromUs: number, toUs: number): Promise<number[]> {
    const times: number[] = [];
    for await (const page of this.#pages([key], { fromUs, toUs: toUs - 1 })) {
      for (let row = 0; row < page.length; row++) times.push(page.timeUs[row]!);
    }
    return times;
  }

  #pages(
    keys: readonly (readonly Scalar[])[],
    { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
  ): AsyncGenerator<RowPart> {
    return this.#reader.read({
      series: this.#series,
      symbols: this.#symbols,
      keys,
      ...(this.#slice.rekey === null ? {} : { by: this.#slice.key.map(({ name }) => name) }),
      fromUs,
      toUs: toUs + 1,
      pageRows: PAGE_ROWS,
    });
  }

  #batchOf(page: RowPart, rows: Uint32Array): BatchColumns {
    const [arrived] = page.own as OwnColumns; // as: of a raw series
    return {
      length: rows.length,
      timeUs: gatherFloat64(page.timeUs, rows),
      arrivalUs: gatherFloat64(arrived.values as Float64Array, rows), // as: of times
      columns: neededFields(this.#slice.source).map(({ name }) =>
        gatherColumn(this.#columnOf(page, name), rows, rows.length),
      ),
    };
  }

  #columnOf({ key, columns, own }: RowPart, name: string): Column {
    const identity = IDENTITIES.indexOf(name);
    if (identity >= 0) return own![OWN_BEFORE_IDENTITY + identity]!;
    const ofKey = this.#series.key.findIndex(field => field.name === name);
    return ofKey >= 0 ? key[ofKey]! : columns[this.#series.fields.findIndex(field => field.name === name)]!;
  }
}

type OwnColumns = readonly [arrived: Column, late: Column, source: Column, sequence: Column, item: Column];

/** Of the event at one row, where it came late. */
function latePlaceOf({ own }: RowPart, row: number): EventPlace | null {
  const [arrived, late, , sequence, item] = own as OwnColumns;
  if (late.values[row] !== 1) return null;
  return {
    arrivalUs: Number(arrived.values[row]),
    sequence: Number(sequence.values[row]),
    item: Number(item.values[row]),
  };
}

function inOrder({ timeUs, own }: RowPart, rows: number[]): Uint32Array {
  const [arrived, , , sequence, item] = own as OwnColumns;
  const order = (column: Column, a: number, b: number) => Number(column.values[a]) - Number(column.values[b]);
  return Uint32Array.from(
    rows.sort((a, b) => timeUs[a]! - timeUs[b]! || order(arrived, a, b) || order(sequence, a, b) || order(item, a, b)),
  );
}

const IDENTITIES: readonly string[] = Object.values(IDENTITY_COLUMNS);
/** `arrived` and `late`. */
const OWN_BEFORE_IDENTITY = 2;
/** Few, so that nothing waits long for a page. */
const PAGE_ROWS = 8_192;
const LONGEST_US = 10 * 365 * 86_400_000_000;
