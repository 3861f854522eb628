import { rejectedSeries, type SourceNode } from '../../dsl/plan.ts';
import { type Column, readScalar, type Rejection, type Scalar, type SymbolTable } from '../../engine/batch.ts';
import type { RowPart, Series, SeriesReader } from '../../engine/connector.ts';
import type { ArrivalPlace } from './arrival-order.ts';

export type StoredRejection = { readonly place: ArrivalPlace; readonly rejection: Rejection };

/** What a stored stream rejected, in order of arrival; nothing where the store has no such series. Read as it is taken. */
export class StoredRejections {
  readonly #pages: AsyncGenerator<RowPart> | null;
  readonly #source: SourceNode;
  readonly #symbols: SymbolTable;
  #next: StoredRejection[] = []; // bound: a page

  private constructor(pages: AsyncGenerator<RowPart> | null, source: SourceNode, symbols: SymbolTable) {
    this.#pages = pages;
    this.#source = source;
    this.#symbols = symbols;
  }

  /** Of [from, to) by arrival. */
  static async open(
    reader: SeriesReader,
    source: SourceNode,
    { symbols, fromUs, toUs }: { readonly symbols: SymbolTable; readonly fromUs: number; readonly toUs: number },
  ): Promise<StoredRejections> {
    const name = rejectedSeries(source.id);
    if ((await reader.find(name))?.kind !== 'rejected') return new StoredRejections(null, source, symbols);
    const series = seriesOf(source, name);
    const pages = reader.read({ series, symbols, fromUs, toUs, pageRows: PAGE_ROWS });
    return new StoredRejections(pages, source, symbols);
  }

  async takeBefore(beforeUs: number): Promise<readonly StoredRejection[]> {
    const taken: StoredRejection[] = [];
    for (;;) {
      const end = this.#next.findIndex(({ place }) => place.arrivalUs >= beforeUs);
      taken.push(...this.#next.splice(0, end < 0 ? this.#next.length : end));
      if (end >= 0) return taken;
      const page = await this.#pages?.next();
      if (page === undefined || page.done === true) return taken;
      this.#next = Array.from({ length: page.value.length }, (_, row) => this.#rejection(page.value, row));
    }
  }

  #rejection(page: RowPart, row: number): StoredRejection {
    const read = (column: Column): Scalar => readScalar(column, row, this.#symbols);
    const [eventTime, code, reason, raw, source, sequence, item] = page.own as OwnColumns; // as: of a rejected series
    const key = this.#source.key.map((name, k) => [name, read(page.key[k]!)] as const);
    const arrivalUs = page.timeUs[row]!;
    const sourceName = read(source);
    const isIdentified = sourceName !== null;
    return {
      place: {
        arrivalUs,
        source: isIdentified ? source.values[row]! : this.#symbols.idOf(''),
        sequence: Number(read(sequence)),
        item: Number(read(item)),
      },
      rejection: {
        stream: this.#source.id,
        code: String(read(code)),
        reason: String(read(reason)),
        raw: String(read(raw) ?? ''),
        arrivalUs,
        eventTimeUs: read(eventTime) as number | null, // as: a time
        key: key.every(([, value]) => value === null) ? null : Object.fromEntries(key),
        identity: isIdentified
          ? { source: String(sourceName), sequence: Number(read(sequence)), item: Number(read(item)) }
          : null,
        atIndex: 0, // whoever puts it among events says it
      },
    };
  }
}

type OwnColumns = readonly [Column, Column, Column, Column, Column & { readonly type: 'symbol' }, Column, Column];

/** Texts of its key are no symbols: what is rejected may have a new one every time. */
function seriesOf({ key, fields }: SourceNode, name: string): Series {
  const ofKey = key.flatMap(field => fields.filter(each => each.name === field));
  return {
    stream: name,
    keepUs: null,
    key: ofKey.map(({ name: field, type }) => ({ name: field, type: type === 'symbol' ? 'string' : type })),
    fields: [],
    kind: 'rejected',
  };
}

const PAGE_ROWS = 10_000;
