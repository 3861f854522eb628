import type { ColumnarRows, Position, Sink, SinkInput, StoreOptions, StoreRefusal } from '../../engine/connector.ts';
import { assert, MillraceError } from '../../engine/errors.ts';
import type { ConnectionGuard } from './connection-guard.ts';
import type { QuestDbClient } from './questdb-client.ts';
import { RowBuffer } from './row-buffer.ts';
import { type OnFault, RowEncoder, type RowFault } from './row-encoder.ts';
import type { TableWatch } from './table-watch.ts';
import type { TableColumn } from './table-columns.ts';

/** Requests of one table under way at one time: one is committed while others are uploaded. */
const MAX_REQUESTS = 3;

/**
 * Writes one series. Rows are encoded into a few buffers that are used again; a full one is a request. Requests are
 * committed in the order in which their rows came (`QuestDbClient.write`). `write` resolves when QuestDB has the rows in its
 * write-ahead log: they survive a crash of the server, and readers see them when it has applied them. `position` looks
 * whether the table is still the one that they were written to; until then they count as written, not as kept.
 *
 * A failure that passes (`retry: 'backoff'`) fails the writes behind it too, and the sink takes them anew. Any other one is
 * the sink's end: what follows a hole is not written.
 */
export class StoreSink implements Sink {
  readonly maxInFlight = 8;
  readonly #client: QuestDbClient;
  readonly #options: StoreOptions;
  readonly #encoder: RowEncoder;
  readonly #watch: TableWatch;
  readonly #guard: ConnectionGuard;
  readonly #maxBytes: number;
  readonly #free: RowBuffer[] = Array.from({ length: MAX_REQUESTS }, () => new RowBuffer());
  #onFree: (() => void) | null = null; // at most one waits, since writes take turns
  #turn: Promise<unknown> = Promise.resolve(); // of encoding
  #newest: Promise<void> | null = null; // request; null: none is under way
  #attempt = 0; // grows with each failure
  #failure: unknown; // of the attempt before
  #end: MillraceError | null = null;

  constructor(options: {
    readonly client: QuestDbClient;
    readonly store: StoreOptions;
    readonly columns: readonly TableColumn[];
    readonly watch: TableWatch;
    readonly guard: ConnectionGuard;
    readonly maxBytes: number;
  }) {
    this.#client = options.client;
    this.#options = options.store;
    this.#encoder = new RowEncoder(options.store.series.stream, options.columns);
    this.#watch = options.watch;
    this.#guard = options.guard;
    this.#maxBytes = options.maxBytes;
  }

  /** The rows and their symbols stay as they are until this resolves. */
  async write(input: SinkInput): Promise<void> {
    assert(input.kind === 'rows' && input.batch.columnar !== undefined, 'a store is given columns');
    const { columnar } = input.batch;
    const refusals = new Map<string, StoreRefusal>();
    const attempt = this.#attempt; // a failure between now and its turn is this one's too: rows stay in order
    const encoded = this.#turn.then(() => this.#encode(columnar, { refusals, attempt }));
    this.#turn = encoded.catch(() => {}); // told by this write
    const { requests } = await encoded;
    await Promise.all(requests);
    for (const refusal of refusals.values()) this.#options.onRefused(refusal);
  }

  /** Errors: MR5205 the table is another, so that the run must go back to its checkpoint · MR5206 suspended (backoff). */
  async position(): Promise<Position> {
    await this.#turn;
    await this.#newest;
    return { ...(await this.#verify()), savedUs: this.#options.nowUs() };
  }

  /** What is under way fails. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  /** All rows are in requests when it resolves; wrapped, since a promise of promises is one. */
  async #encode(
    { parts, symbols }: ColumnarRows,
    { refusals, attempt }: { readonly refusals: Map<string, StoreRefusal>; readonly attempt: number },
  ): Promise<Requests> {
    if (this.#end !== null) throw this.#end;
    if (this.#watch.isSuspended) await this.#verify();
    const { series, nowUs } = this.#options;
    const oldestUs = series.keepUs === null ? 0 : Math.max(0, nowUs() - series.keepUs);
    const onFault: OnFault = (fault, timeUs) => count(refusals, { fault, timeUs, stream: series.stream });
    const requests: Promise<void>[] = [];
    let into = await this.#takeBuffer(attempt);
    for (const part of parts) {
      for (let from = 0; from < part.length; ) {
        from = this.#encoder.encode(part, { from, symbols, into, maxBytes: this.#maxBytes, oldestUs, onFault });
        if (from === part.length) break;
        requests.push(this.#send(into, onFault));
        into = await this.#takeBuffer(attempt);
      }
    }
    if (into.rows > 0) requests.push(this.#send(into, onFault));
    else this.#giveBack(into);
    return { requests };
  }

  #send(rows: RowBuffer, onFault: OnFault): Promise<void> {
    const onTooLarge = (timeUs: number) => onFault(TOO_LARGE, timeUs);
    const options = { previous: this.#newest, beforeAttempt: () => this.#guard.require(), onTooLarge };
    const request = this.#finish(rows, this.#client.write(this.#options.series.stream, rows, options));
    const forget = () => {
      if (this.#newest === request) this.#newest = null;
    };
    request.then(forget, forget); // its write tells of a failure
    this.#newest = request;
    return request;
  }

  async #finish(rows: RowBuffer, sent: Promise<void>): Promise<void> {
    const attempt = this.#attempt;
    try {
      await sent;
    } catch (error) {
      this.#endWith(error);
      if (attempt === this.#attempt) {
        this.#attempt++;
        this.#failure = error;
        this.#newest = null; // those behind fail, and what comes anew does not wait for that
      }
      throw error;
    } finally {
      this.#giveBack(rows);
    }
  }

  async #verify(): Promise<Position> {
    if (this.#end !== null) throw this.#end;
    try {
      return await this.#guard.verify();
    } catch (error) {
      this.#endWith(error);
      throw error;
    }
  }

  #endWith(error: unknown): void {
    if (error instanceof MillraceError && error.retry === 'never') this.#end ??= error;
  }

  async #takeBuffer(attempt: number): Promise<RowBuffer> {
    if (this.#free.length === 0) await new Promise<void>(resolve => (this.#onFree = resolve));
    if (attempt !== this.#attempt) throw this.#failure;
    return this.#free.pop()!; // there is one now
  }

  #giveBack(rows: RowBuffer): void {
    rows.clear();
    this.#free.push(rows);
    this.#onFree?.();
    this.#onFree = null;
  }
}

const TOO_LARGE: RowFault = { code: 'MR5209', reason: 'it is larger than `line.http.max.recv.buffer.size`' };

type Requests = { readonly requests: readonly Promise<void>[] };

/** Few: of each code and reason, which name a column and no value. */
function count(
  refusals: Map<string, StoreRefusal>,
  { fault, timeUs, stream }: { readonly fault: RowFault; readonly timeUs: number; readonly stream: string },
): void {
  const { code, reason } = fault;
  const name = `${code} ${reason}`;
  const before = refusals.get(name) ?? { stream, code, reason, count: 0, firstTimeUs: timeUs };
  refusals.set(name, { ...before, count: before.count + 1 });
}
