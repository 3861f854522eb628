import type { Field, RouteNode, SeriesKind, SourceNode } from '../dsl/plan.ts';
import type { Column, EventBatch, Scalar, SymbolTable } from './batch.ts';
import type { BatchBuilder } from './batch/batch-builder.ts';
import type { AlertChange } from './operator.ts';

/**
 * Where a source stands: plain JSON, kept in checkpoints, meaningful to its connector only (a byte offset, a sequence).
 */
export type Position = { readonly [name: string]: number | string | null };

/** How a connector says whether it records when a message arrived (MEANING.md 1). */
export type ArrivalClock = 'recorded' | 'as-read';

/**
 * A source hands over batches only when asked (`read` is the credit), so pressure reaches the transport. Order of
 * calls: open (by the connector), read*, close. `acknowledge` may come at any time between: everything up to that
 * position is covered by a durable checkpoint. One read is under way at a time.
 */
export interface Source {
  readonly arrivalClock: ArrivalClock;
  /** Waits for input; resolves at the latest when `signal` aborts. */
  read(options: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead>;
  acknowledge(position: Position): Promise<void>;
  close(): Promise<void>;
  /** 0..1 where the size of the input is known, for progress bars. */
  progress?(): number;
  /**
   * Of one that gives a part of a source: when the first message of all of it arrived; undefined: none has come yet. Absent of
   * others: they give all there is.
   */
  readonly startedUs?: number | undefined;
  /** Of a live source that can tell: whether anything is there that no `read` has handed over yet. As `backlog`. */
  hasMore?(): Promise<boolean>;
  /**
   * Of a live source that can tell: messages and ticks that are there and that no `read` has handed over yet; null: not
   * known now. May be called while a read is under way, and while none is, as when a sink takes nothing.
   */
  backlog?(): Promise<number | null>;
}

export type SourceRead =
  /** The position is the one after the batch: reading on from there gives what follows. */
  | {
      readonly kind: 'batch';
      readonly batch: EventBatch;
      readonly position: Position;
      /** Of messages in it, a few, where they say it: the `traceparent` of what they are part of. */
      readonly traceParents?: readonly string[];
    }
  /** Nothing came, but the arrival clock is known to have reached this. */
  | { readonly kind: 'tick'; readonly arrivalUs: number; readonly position: Position }
  /** A finite source is at its end. */
  | { readonly kind: 'end'; readonly position: Position };

export type SourceOptions = {
  readonly source: SourceNode;
  /** Where the address's relative paths start. */
  readonly directory: string;
  readonly builder: BatchBuilder;
  /** Read on from here; null: from the beginning (or, for a live source, from what is kept). */
  readonly position: Position | null;
  readonly speed: number | 'max'; // 1 is real time by event time
  readonly isFollowed: boolean; // a file that grows, as `tail -f`
  readonly nowUs: () => number;
};

/** Where a table is read from: whole, whenever it may have changed. One call at a time, `changed` beside them. */
export interface TableSource {
  read(): Promise<TableRead>;
  /** Resolves when another `read` may find something else than the last one, or as soon as the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Rows as events of the table's fields; `symbols` is what they refer to. */
export type TableRead = {
  readonly batches: readonly EventBatch[];
  readonly symbols: SymbolTable;
  /**
   * Null: the rows are those that there are now. Else they are versions of rows, each valid from its event's time until the next
   * one of its key, or an ending; others that are not found any more were so all the same.
   */
  readonly endings: readonly TableEnding[] | null;
};

/** From then on the key has no row. */
export type TableEnding = { readonly key: readonly Scalar[]; readonly timeUs: number };

export type TableOptions = {
  readonly source: SourceNode; // the table's fields
  readonly directory: string;
  /** For each read. */
  readonly createBuilder: () => { readonly builder: BatchBuilder; readonly symbols: SymbolTable };
  readonly nowUs: () => number;
};

/** Rows of one stream for the outside, in order; `key` fields are part of `fields`. */
export type RowBatch = {
  readonly stream: string;
  readonly fields: readonly Field[];
  readonly length: number;
  /** Made when first asked for: count by `length` where that is enough. */
  readonly rows: readonly OutputRow[];
  /** The same rows as columns, where they are there as such: stores read these. */
  readonly columnar?: ColumnarRows;
};

/** Rows of one key stand in the order in which they were made; the order between keys means nothing. */
export type ColumnarRows = { readonly parts: readonly RowPart[]; readonly symbols: SymbolTable };

/** Rows of one series. The columns are in the order of its fields (`Series`), all as long as the part. */
export type RowPart = {
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly key: readonly Column[];
  readonly columns: readonly Column[];
  /** Those of SERIES_FIELDS. Absent of derived rows: revision 0, not void. */
  readonly own?: readonly Column[];
};

/** A row for the outside: its time in microseconds since 1970, its key, and its other values by name. */
export type OutputRow = {
  readonly timeUs: number;
  readonly key: Readonly<Record<string, Scalar>>;
  readonly values: Readonly<Record<string, Scalar>>;
};

export type SinkInput = (
  | { readonly kind: 'rows'; readonly batch: RowBatch }
  | { readonly kind: 'alerts'; readonly changes: readonly AlertChange[] }
) & {
  /** What it is part of, where that is traced: goes with what is published. */
  readonly traceParent?: string;
};

/**
 * A sink acknowledges: `write` resolves when the rows are as durable as the sink promises, in the order of calls;
 * several writes may be under way up to `maxInFlight`, after which the caller waits. A write that fails with
 * `retry: 'backoff'` (see errors.ts) is repeated by the caller, with the same input. Those behind it fail with it, and are
 * repeated behind it.
 */
export interface Sink {
  readonly maxInFlight: number;
  write(input: SinkInput): Promise<void>;
  /**
   * Where the sink stands, for the checkpoint: what was written before is durable. Null if it has nothing to remember.
   * Between writes.
   */
  position(): Promise<Position | null>;
  close(): Promise<void>;
}

export type SinkOptions = {
  readonly target: RouteNode['target'];
  readonly position: Position | null;
  /** The labels of a rule, which an address may name. */
  readonly labelsOf?: (rule: string) => Readonly<Record<string, string>>;
};

/** A stored sequence of rows: what is read of a stream (raw), what it rejects, or what a stream gives (derived). */
export type Series = {
  readonly stream: string;
  readonly keepUs: number | null; // null: for ever
  readonly key: readonly Field[];
  readonly fields: readonly Field[]; // the others, but for those of SERIES_FIELDS
  readonly kind: SeriesKind;
};

export type StoreOptions = {
  readonly series: Series;
  readonly position: Position | null;
  readonly nowUs: () => number;
  /** Rows that the store cannot hold; told when the rows beside them are durable. */
  readonly onRefused: (refusal: StoreRefusal) => void;
  /** What somebody should know, though writing goes on. */
  readonly onNotice: (notice: { readonly code: string; readonly message: string }) => void;
};

export type StoreRefusal = {
  readonly stream: string;
  readonly code: string;
  readonly reason: string;
  readonly count: number;
  readonly firstTimeUs: number;
};

/** Which rows of a series are read. */
export type SeriesRead = {
  readonly series: Series;
  readonly symbols: SymbolTable;
  /** Values of the key's fields, in their order; absent: all keys. */
  readonly keys?: readonly (readonly Scalar[])[];
  /** Names of the fields of which `keys` are values, in their order; absent: those of the key. */
  readonly by?: readonly string[];
  /** [from, to) */
  readonly fromUs: number;
  readonly toUs: number;
  /** About so many; all rows of one instant come in one page. */
  readonly pageRows: number;
  /** Of a derived series: void rows as well. */
  readonly hasVoid?: boolean;
};

/** Reads stored series back. */
export interface SeriesReader {
  /** A stored series by its name, as its store knows it; null: there is none. */
  find(name: string): Promise<Series | null>;
  /**
   * Rows as columns, page by page, in order of time, then key, then source, sequence and item; null comes first. Void rows
   * are left out, unless they are asked for. Doubles are those that were written, to the bit; what was not finite is null.
   */
  read(options: SeriesRead): AsyncGenerator<RowPart>;
  /** The times of its first and its last row; null: it has none. */
  bounds(series: Series): Promise<SeriesBounds | null>;
  /** Of a raw series, how far an event of [from, to) is ahead of its arrival at most: 0, where none is. */
  lead(options: Pick<SeriesRead, 'series' | 'fromUs' | 'toUs'>): Promise<number>;
  /** Of a raw series, how long behind its time an event of [from, to) that is not late arrived at most: 0, where none is. */
  lag(options: Pick<SeriesRead, 'series' | 'fromUs' | 'toUs'>): Promise<number>;
  /** The keys of the rows in [from, to), each once, in any order: values of the key's fields. */
  keys(options: Pick<SeriesRead, 'series' | 'fromUs' | 'toUs'>): Promise<readonly (readonly Scalar[])[]>;
  /** Resolves when what a sink had acknowledged before the call can be read. Absent: it always can. */
  settled?(series: string): Promise<void>;
  close(): Promise<void>;
}

/** An event by where it stands in the order of arrival. */
export type EventInOrder = {
  readonly arrivalUs: number;
  readonly source: string;
  readonly sequence: number;
  readonly item: number;
};

/** Which of what raw series hold is read back as events. */
export type StoredStretch = {
  readonly reader: SeriesReader;
  /** By event time: [from, to). */
  readonly fromUs: number;
  readonly toUs: number;
  /** Of a stream; undefined: all of them. */
  readonly keysOf: (stream: string) => Promise<readonly (readonly Scalar[])[] | undefined>;
  /**
   * Where late events, which no rule sees, are to come again as well; `known`: those alone of which what has come before of their key
   * tells that they are.
   */
  readonly hasLate: boolean | 'known';
  /** As if nothing had been late: each event comes in its place, and arrives at its own time. */
  readonly isInOrder?: boolean;
  /** What the stream rejected comes again, too. */
  readonly hasRejected: boolean;
  /** Told of each event that came late. */
  readonly onLate?: (event: { readonly stream: string; readonly timeUs: number; readonly arrivalUs: number }) => void;
  /** Nothing behind this one comes. Absent: all does. */
  readonly last?: EventInOrder;
  /** The arrival clock reaches this at the end, so that what is due by then happens; −Infinity: it stays at the last arrival. */
  readonly endArrivalUs: number;
};

/** Reads raw series as sources, each under its name. */
export type OpenStretch = (stretch: StoredStretch) => Connector;

export type SeriesBounds = { readonly firstUs: number; readonly lastUs: number };

/** One folder of `connectors/`: what it can do. */
export type Connector = {
  readonly name: string;
  /** Throws a coded error (errors.ts) that says what to change. */
  openSource?(options: SourceOptions): Promise<Source>;
  openTable?(options: TableOptions): Promise<TableSource>;
  openSink?(options: SinkOptions): Promise<Sink>;
  /** The sink of one series. Its input has `columnar`. */
  openStore?(options: StoreOptions): Promise<Sink>;
  openReader?(): Promise<SeriesReader>;
  /** The store also has the changes of all alerts, as a series. */
  readonly hasAlertLog?: boolean;
};
