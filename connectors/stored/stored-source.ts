import { IDENTITY_COLUMNS, type SourceNode } from '../../dsl/plan.ts';
import {
  type Column,
  createColumn,
  type EventBatch,
  neededFields,
  type Scalar,
  SymbolTable,
} from '../../engine/batch.ts';
import type { RowPart, Series, SeriesReader, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';

export type StoredStretch = {
  readonly reader: SeriesReader;
  /** By event time: [from, to). */
  readonly fromUs: number;
  readonly toUs: number;
  /** Of a stream; undefined: all of them. */
  readonly keysOf: (stream: string) => readonly (readonly Scalar[])[] | undefined;
  /** Where late events, which no rule sees, are to come again as well. */
  readonly hasLate: boolean;
  /** Told of each event that came late. */
  readonly onLate: (event: { readonly stream: string; readonly timeUs: number; readonly arrivalUs: number }) => void;
  /** The arrival clock reaches this at the end, so that what is due by then happens. */
  readonly endArrivalUs: number;
};

/** A stretch as a source with an end: it is read whole, and put into the order of arrival. Errors: MR7327. */
export class StoredSource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #options: SourceOptions;
  readonly #stretch: StoredStretch;
  #events: StoredEvent[] | undefined;
  #symbols = new SymbolTable();
  #at = 0;
  #hasTicked = false;

  constructor(options: SourceOptions, stretch: StoredStretch) {
    this.#options = options;
    this.#stretch = stretch;
  }

  progress(): number {
    return this.#events === undefined ? 0 : this.#at / Math.max(1, this.#events.length);
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    this.#events ??= await this.#readAll(signal);
    const events = this.#events.slice(this.#at, this.#at + maxEvents);
    this.#at += events.length;
    const position = { event: this.#at };
    if (events.length > 0) return { kind: 'batch', batch: this.#batchOf(events), position };
    const lastUs = this.#events.at(-1)?.arrivalUs;
    if (this.#hasTicked || lastUs === undefined) return { kind: 'end', position };
    this.#hasTicked = true;
    return { kind: 'tick', arrivalUs: Math.max(lastUs, this.#stretch.endArrivalUs), position };
  }

  async acknowledge(): Promise<void> {}

  async close(): Promise<void> {}

  async #readAll(signal: AbortSignal): Promise<StoredEvent[]> {
    const { source } = this.#options;
    const { reader, fromUs, toUs, keysOf, hasLate, onLate } = this.#stretch;
    const stored = await reader.find(source.id);
    if (stored === null) return [];
    const series = seriesOf(source, stored);
    const events: StoredEvent[] = [];
    const symbols = this.#symbols;
    const keys = keysOf(source.id);
    const pages = reader.read({
      series,
      symbols,
      ...(keys === undefined ? {} : { keys }),
      fromUs,
      toUs,
      pageRows: PAGE_ROWS,
    });
    for await (const page of pages) {
      const [arrived, late, name, sequence, item] = page.own as OwnColumns; // as: of a raw series
      for (let row = 0; row < page.length; row++) {
        const timeUs = page.timeUs[row]!;
        const arrivalUs = arrived.values[row] as number;
        if (late.values[row] === 1) {
          onLate({ stream: source.id, timeUs, arrivalUs });
          if (!hasLate) continue;
        }
        const place = [symbols.textOf(name.values[row] as number), sequence.values[row], item.values[row]] as const;
        events.push({ timeUs, arrivalUs, page, row, series, place: place as StoredEvent['place'] });
      }
      if (events.length > MAX_EVENTS) throw tooMany(source.id);
      if (signal.aborted) break;
    }
    return events.sort(compareEvents);
  }

  #batchOf(events: readonly StoredEvent[]): EventBatch {
    return {
      stream: this.#options.source.id,
      length: events.length,
      timeUs: Float64Array.from(events, ({ timeUs }) => timeUs),
      arrivalUs: Float64Array.from(events, ({ arrivalUs }) => arrivalUs),
      columns: neededFields(this.#options.source).map(field => this.#columnOf(field, events)),
      rejected: [],
    };
  }

  #columnOf({ name, type }: SourceNode['fields'][number], events: readonly StoredEvent[]): Column {
    const column = createColumn(type, events.length);
    const valid = new Uint8Array(events.length);
    events.forEach((event, i) => {
      const from = storedColumn(event, name);
      if (from === undefined || from.valid?.[event.row] === 0) return;
      const value = from.values[event.row]!;
      valid[i] = 1;
      column.values[i] = from.type === 'symbol' ? this.#symbolOf(value as number) : value; // as: symbols are ids
    });
    if (valid.includes(0)) column.valid = valid;
    return column;
  }

  /** The rows' symbols are of a table of their own. */
  #symbolOf(id: number): number {
    return this.#options.builder.symbols.idOf(this.#symbols.textOf(id));
  }
}

type OwnColumns = readonly [Column, Column, Column, Column, Column];

type StoredEvent = {
  readonly timeUs: number;
  readonly arrivalUs: number;
  readonly page: RowPart;
  readonly row: number;
  readonly series: Series;
  readonly place: readonly [source: string, sequence: number, item: number];
};

/** The stream's own fields, as far as the store has them; it may know less of their types. */
function seriesOf({ id, key, fields }: SourceNode, stored: Series): Series {
  const names = new Set([...stored.key, ...stored.fields].map(({ name }) => name));
  const there = fields.filter(({ name }) => names.has(name));
  return {
    stream: id,
    keepUs: null,
    key: key.flatMap(name => there.filter(field => field.name === name)),
    fields: there.filter(({ name }) => !key.includes(name)),
    kind: 'raw',
  };
}

function storedColumn({ page, series }: StoredEvent, name: string): Column | undefined {
  const own = Object.values(IDENTITY_COLUMNS).findIndex(column => column === name);
  if (own >= 0) return page.own![OWN_BEFORE_IDENTITY + own];
  const ofKey = series.key.findIndex(field => field.name === name);
  return ofKey >= 0 ? page.key[ofKey] : page.columns[series.fields.findIndex(field => field.name === name)];
}

/** As they arrived. */
function compareEvents(a: StoredEvent, b: StoredEvent): number {
  const byPlace = () => {
    if (a.place[0] !== b.place[0]) return a.place[0] < b.place[0] ? -1 : 1;
    return a.place[1] - b.place[1] || a.place[2] - b.place[2];
  };
  return a.arrivalUs - b.arrivalUs || byPlace();
}

function tooMany(stream: string): MillraceError {
  return new MillraceError(
    'MR7327',
    `the stretch has more than ${MAX_EVENTS.toLocaleString('en')} events of ${stream}`,
    {
      hint: 'ask about a shorter one',
    },
  );
}

/** `arrived` and `late`. */
const OWN_BEFORE_IDENTITY = 2;
const PAGE_ROWS = 50_000;
/** Beyond it memory would not do. */
const MAX_EVENTS = 5_000_000;
