import { createColumn, readScalar, type Scalar } from '../../engine/batch.ts';
import type { Connector, RowPart, Series, SeriesRead, Sink, SinkInput } from '../../engine/connector.ts';

type StoredRow = { readonly timeUs: number; readonly values: readonly Scalar[] };

/**
 * A store whose series are maps: as others, a row takes the place of one with its time and identity. `before` is called before each
 * read of a page, and each write.
 */
export class SeriesInMemory implements Connector {
  readonly name = 'in-memory';
  readonly #series = new Map<string, Map<string, StoredRow>>();
  readonly #before: () => Promise<void>;

  constructor(before: () => Promise<void> = async () => {}) {
    this.#before = before;
  }

  /** The same rows with something else before each step. */
  with(before: () => Promise<void>): SeriesInMemory {
    const store = new SeriesInMemory(before);
    for (const [name, rows] of this.#series) store.#series.set(name, rows);
    return store;
  }

  openStore = async ({ series }: { readonly series: Series }): Promise<Sink> => {
    const rows = this.#series.get(series.stream) ?? new Map<string, StoredRow>();
    this.#series.set(series.stream, rows);
    return {
      maxInFlight: 1,
      write: async input => {
        await this.#before();
        for (const [identity, row] of rowsOf(input, series)) rows.set(identity, row);
      },
      position: async () => ({}),
      close: async () => {},
    };
  };

  openReader = async () => ({
    find: async () => null,
    read: (options: SeriesRead) => this.#read(options),
    bounds: async ({ stream }: Series) => {
      const times = [...(this.#series.get(stream)?.values() ?? [])].map(({ timeUs }) => timeUs);
      return times.length === 0 ? null : { firstUs: Math.min(...times), lastUs: Math.max(...times) };
    },
    lead: async ({ series, fromUs, toUs }: Pick<SeriesRead, 'series' | 'fromUs' | 'toUs'>) => {
      const rows = [...(this.#series.get(series.stream)?.values() ?? [])];
      const found = rows.filter(({ timeUs }) => timeUs >= fromUs && timeUs < toUs);
      return Math.max(0, ...found.map(({ timeUs, values }) => timeUs - Number(values.at(-OWN.raw.length))));
    },
    lag: async () => 0,
    keys: async ({ series, fromUs, toUs }: Pick<SeriesRead, 'series' | 'fromUs' | 'toUs'>) => {
      const rows = [...(this.#series.get(series.stream)?.values() ?? [])];
      const found = rows.filter(({ timeUs }) => timeUs >= fromUs && timeUs < toUs);
      const keys = found.map(({ values }) => values.slice(0, series.key.length));
      return [...new Map(keys.map(key => [JSON.stringify(key), key])).values()];
    },
    close: async () => {},
  });

  /** Key, and fields, of rows that are not void. */
  rowsOf(stream: string): string[] {
    const rows = [...this.#series.get(stream)!.values()].filter(({ values }) => values.at(-1) !== true);
    return rows.map(({ timeUs, values }) => JSON.stringify([timeUs, ...values.slice(0, -2)])).sort();
  }

  async *#read({
    series,
    symbols,
    keys,
    by = series.key.map(({ name }) => name),
    fromUs,
    toUs,
    pageRows,
    hasVoid = false,
  }: SeriesRead): AsyncGenerator<RowPart> {
    const wanted = keys && new Set(keys.map(key => JSON.stringify(key)));
    const places = by.map(name => [...series.key, ...series.fields].findIndex(field => field.name === name));
    const keyOf = (values: readonly Scalar[]) => JSON.stringify(places.map(place => values[place]));
    const found = [...(this.#series.get(series.stream) ?? new Map<string, StoredRow>())]
      .map(([identity, row]) => ({ identity, ...row }))
      .filter(({ timeUs, values }) => timeUs >= fromUs && timeUs < toUs && wanted?.has(keyOf(values)) !== false)
      .filter(({ values }) => series.kind !== 'derived' || hasVoid || values.at(-1) !== true)
      .sort((a, b) => a.timeUs - b.timeUs || (a.identity < b.identity ? -1 : 1));
    for (let from = 0; from < found.length; ) {
      await this.#before();
      let end = Math.min(from + pageRows, found.length);
      while (end < found.length && found[end]!.timeUs === found[end - 1]!.timeUs) end++;
      yield partOf(found.slice(from, end), series, symbols);
      from = end;
    }
  }
}

const OWN = { raw: ['time', 'bool', 'symbol', 'int', 'int'], derived: ['int', 'bool'], rejected: [] } as const;

function* rowsOf(input: SinkInput, series: Series): Generator<[identity: string, row: StoredRow]> {
  if (input.kind !== 'rows') return;
  const { parts, symbols } = input.batch.columnar!;
  for (const { length, timeUs, key, columns, own } of parts) {
    for (let row = 0; row < length; row++) {
      const read = (of: typeof key) => of.map(column => readScalar(column, row, symbols));
      const ofKey = read(key);
      const ofOwn = own === undefined ? [0, false] : read(own);
      const identity = JSON.stringify([timeUs[row], ...ofKey, ...(series.kind === 'raw' ? ofOwn.slice(2) : [])]);
      yield [identity, { timeUs: timeUs[row]!, values: [...ofKey, ...read(columns), ...ofOwn] }];
    }
  }
}

function partOf(rows: readonly StoredRow[], { key, fields, kind }: Series, symbols: SeriesRead['symbols']): RowPart {
  const types = [...key.map(({ type }) => type), ...fields.map(({ type }) => type), ...OWN[kind]];
  const columns = types.map((type, c) => {
    const column = createColumn(type, rows.length);
    column.valid = new Uint8Array(rows.length).fill(1);
    rows.forEach(({ values }, row) => {
      const value = values[c]!;
      if (value === null) column.valid![row] = 0;
      else
        column.values[row] =
          column.type === 'symbol'
            ? symbols.idOf(String(value))
            : column.type === 'string'
              ? String(value)
              : Number(value);
    });
    return column;
  });
  return {
    length: rows.length,
    timeUs: Float64Array.from(rows, ({ timeUs }) => timeUs),
    key: columns.slice(0, key.length),
    columns: columns.slice(key.length, key.length + fields.length),
    own: columns.slice(key.length + fields.length),
  };
}
