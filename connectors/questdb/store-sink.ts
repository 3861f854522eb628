import type { ColumnarRows, Position, Sink, SinkInput, StoreOptions, StoreRefusal } from '../../engine/connector.ts';
import { assert, MillraceError } from '../../engine/errors.ts';
import type { ConnectionGuard } from './connection-guard.ts';
import type { QuestDbClient } from './questdb-client.ts';
import { RequestQueue, type RowRequest, type SendRows } from './request-queue.ts';
import { type OnFault, RowEncoder, type RowFault } from './row-encoder.ts';
import type { TableWatch } from './table-watch.ts';
import type { TableColumn } from './table-columns.ts';

/**
 * Writes one series. Rows are encoded into a few buffers that are used again, and go out as requests (`RequestQueue`), which
 * are committed in the order in which their rows came (`QuestDbClient.write`). `write` resolves when QuestDB has the rows in its
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
  readonly #requests: RequestQueue;
  #turn: Promise<unknown> = Promise.resolve(); // of encoding
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
    this.#requests = new RequestQueue(this.#send);
  }

  /** The rows and their symbols stay as they are until this resolves. */
  async write(input: SinkInput): Promise<void> {
    assert(input.kind === 'rows' && input.batch.columnar !== undefined, 'a store is given columns');
    const { columnar } = input.batch;
    const refusals = new Map<string, StoreRefusal>();
    const { attempt } = this.#requests; // a failure between now and its turn is this one's too: rows stay in order
    const encoded = this.#turn.then(() => this.#encode(columnar, { refusals, attempt }));
    this.#turn = encoded.catch(() => {}); // told by this write
    const requests = await encoded;
    await Promise.all(requests.map(({ done }) => done));
    for (const refusal of refusals.values()) this.#options.onRefused(refusal);
  }

  /** Errors: MR5205 the table is another, so that the run must go back to its checkpoint · MR5206 suspended (backoff). */
  async position(): Promise<Position> {
    await this.#turn;
    await this.#requests.settled();
    return { ...(await this.#verify()), savedUs: this.#options.nowUs() };
  }

  /** What is under way fails. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  /** The requests that have the rows, when all have one. */
  async #encode(
    { parts, symbols }: ColumnarRows,
    { refusals, attempt }: { readonly refusals: Map<string, StoreRefusal>; readonly attempt: number },
  ): Promise<readonly RowRequest[]> {
    if (this.#end !== null) throw this.#end;
    if (this.#watch.isSuspended) await this.#verify();
    const { series, nowUs } = this.#options;
    const oldestUs = series.keepUs === null ? 0 : Math.max(0, nowUs() - series.keepUs);
    const onFault: OnFault = (fault, timeUs) => count(refusals, { fault, timeUs, stream: series.stream });
    const onTooLarge = (timeUs: number) => onFault(TOO_LARGE, timeUs);
    const requests: RowRequest[] = [];
    for (const part of parts) {
      for (let from = 0; from < part.length; ) {
        const request = this.#requests.fill(attempt);
        if (request === undefined) {
          await this.#requests.bufferIsFree();
          continue;
        }
        const { rows: into } = request;
        const before = into.rows;
        from = this.#encoder.encode(part, { from, symbols, into, maxBytes: this.#maxBytes, oldestUs, onFault });
        if (into.rows > before) {
          request.belongsTo(onTooLarge);
          if (requests.at(-1) !== request) requests.push(request);
        }
        if (from < part.length) this.#requests.sendFull();
      }
    }
    this.#requests.sendReady();
    return requests;
  }

  readonly #send: SendRows = async (rows, options) => {
    try {
      const beforeAttempt = () => this.#guard.require();
      await this.#client.write(this.#options.series.stream, rows, { ...options, beforeAttempt });
    } catch (error) {
      this.#endWith(error);
      throw error;
    }
  };

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
}

const TOO_LARGE: RowFault = { code: 'MR5209', reason: 'it is larger than `line.http.max.recv.buffer.size`' };

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
