import type { DuckDBAppender } from '@duckdb/node-api';
import type { SymbolTable } from '../../engine/batch.ts';
import type {
  ColumnarRows,
  Position,
  RowPart,
  Sink,
  SinkInput,
  StoreOptions,
  StoreRefusal,
} from '../../engine/connector.ts';
import { assert, MillraceError } from '../../engine/errors.ts';
import { ChunkEncoder, type OnFault, type RowFault } from './chunk-encoder.ts';
import { literal, quoted, tableOf } from './names.ts';
import type { ReplacedRows, Times } from './replaced-rows.ts';
import type { Retention } from './retention.ts';
import { SourceNumbers } from './source-numbers.ts';
import type { StoreFile, Transaction } from './store-file.ts';
import { identityOf, isSource, type TableColumn, TIME_COLUMN, WRITE_COLUMN, WRITER_COLUMN } from './table-columns.ts';

/**
 * Writes one series. `write` resolves when its rows are committed and synced. They carry the number of the write and of the
 * writer, so that a run which goes on from a checkpoint takes back exactly what came behind it (`openStore`), and nothing is
 * looked for in the table as long as nothing can be there twice. What can is found by its identity, and the later row stays.
 */
export class StoreSink implements Sink {
  readonly maxInFlight = 8;
  readonly #file: StoreFile;
  readonly #options: StoreOptions;
  readonly #columns: readonly TableColumn[];
  readonly #columnNames: readonly string[];
  readonly #writer: number;
  /** Of rows that other writers left, which this one may write again. */
  readonly #othersNewestUs: number;
  readonly #seen: Seen;
  readonly #replaced: ReplacedRows;
  readonly #retention: Retention;
  readonly #sources = new SourceNumbers();
  #write: number;
  #done: number; // writes that are committed
  #opening = 0; // of the file, when the appender was made
  #appender: DuckDBAppender | undefined;
  #encoder: ChunkEncoder | undefined;
  #removing: Promise<void> | undefined;
  #end: MillraceError | null = null;

  constructor(options: {
    readonly file: StoreFile;
    readonly store: StoreOptions;
    readonly columns: readonly TableColumn[];
    readonly columnNames: readonly string[];
    readonly writer: number;
    readonly write: number;
    readonly othersNewestUs: number;
    readonly seen: Seen;
    readonly replaced: ReplacedRows;
    readonly retention: Retention;
  }) {
    this.#file = options.file;
    this.#options = options.store;
    this.#columns = options.columns;
    this.#columnNames = options.columnNames;
    this.#writer = options.writer;
    this.#write = options.write;
    this.#done = options.write;
    this.#othersNewestUs = options.othersNewestUs;
    this.#seen = options.seen;
    this.#replaced = options.replaced;
    this.#retention = options.retention;
    this.#startRemoving();
  }

  /** The rows and their symbols stay as they are until this resolves. Errors: MR5305 (backoff). */
  async write(input: SinkInput): Promise<void> {
    assert(input.kind === 'rows' && input.batch.columnar !== undefined, 'a store is given columns');
    const { columnar } = input.batch;
    const refusals = new Map<string, StoreRefusal>();
    let write = 0;
    await this.#orEnd(
      this.#file.together(async transaction => {
        refusals.clear();
        write = ++this.#write;
        await this.#append(transaction, columnar, { write, refusals });
      }),
    );
    this.#done = write;
    for (const refusal of refusals.values()) this.#options.onRefused(refusal);
    this.#startRemoving();
  }

  /** Errors: MR5310 the file is another, so that the run must go back to its checkpoint. */
  async position(): Promise<Position> {
    this.#file.verify();
    const write = this.#done;
    await this.#orEnd(
      this.#file.together(async transaction => {
        await transaction.run(
          `UPDATE millrace.writers SET write = ${write} ` +
            `WHERE series = ${literal(this.#stream)} AND writer = ${this.#writer} AND write < ${write}`,
        );
        await this.#replaced.forget(transaction);
      }),
    );
    this.#replaced.checkpointed(write);
    return { file: this.#file.id, writer: this.#writer, write, savedUs: this.#options.nowUs() };
  }

  async close(): Promise<void> {
    await this.#removing;
    this.#file.release(this.#stream);
    await this.#file.close();
  }

  get #stream(): string {
    return this.#options.series.stream;
  }

  async #append(
    transaction: Transaction,
    { parts, symbols }: ColumnarRows,
    { write, refusals }: { readonly write: number; readonly refusals: Map<string, StoreRefusal> },
  ): Promise<void> {
    const { appender, encoder } = await this.#openAppender(transaction);
    const onFault: OnFault = (fault, timeUs) => count(refusals, { fault, timeUs, stream: this.#stream });
    const { oldestUs } = this.#retention;
    const sources = await this.#sourcesOf(transaction, parts, symbols);
    const options = { symbols, sources, writer: this.#writer, write, oldestUs, onFault };
    for (const part of parts) encoder.append(part, options);
    appender.flushSync();
    const times = timesOf(parts);
    this.#retention.reached(times.newestUs);
    const mayRepeat = this.#seen.mayRepeat(parts, symbols);
    if (times.oldestUs > times.newestUs) return; // all rows were refused
    if (mayRepeat && this.#options.series.kind === 'derived') await transaction.run(this.#removeRepeatedIn(write));
    if (mayRepeat || times.oldestUs <= this.#othersNewestUs) {
      await this.#replaced.replace(transaction, write, times);
    }
  }

  async #sourcesOf(
    transaction: Transaction,
    parts: readonly RowPart[],
    symbols: SymbolTable,
  ): Promise<ReadonlyMap<number, number>> {
    const source = this.#columns.find(isSource);
    return source === undefined
      ? NO_SOURCES
      : await this.#sources.of(transaction, parts, { place: source.index, symbols });
  }

  /** Where the file was opened anew, it may hold what was never acknowledged: that comes again. */
  async #openAppender(transaction: Transaction): Promise<{ appender: DuckDBAppender; encoder: ChunkEncoder }> {
    if (this.#opening === transaction.opening) return { appender: this.#appender!, encoder: this.#encoder! };
    this.#sources.forget();
    await this.#replaced.takeBack(transaction, this.#done);
    const appender = await transaction.appender({ schema: 'series', name: this.#stream });
    const { duckdb } = this.#file;
    const encoder = new ChunkEncoder({ duckdb, appender, columns: this.#columns, columnNames: this.#columnNames });
    this.#appender = appender;
    this.#encoder = encoder;
    this.#opening = transaction.opening;
    return { appender, encoder };
  }

  get #isOwn(): string {
    return `${quoted(WRITER_COLUMN)} = ${this.#writer}`;
  }

  #isOf(write: number): string {
    return `${this.#isOwn} AND ${quoted(WRITE_COLUMN)} = ${write}`;
  }

  /** Of rows with one identity in one write, the highest revision stays, and of equal ones the last. */
  #removeRepeatedIn(write: number): string {
    const table = tableOf(this.#stream);
    const identity = identityOf(this.#columns).map(quoted).join(', ');
    return (
      `DELETE FROM ${table} WHERE ${this.#isOf(write)} AND rowid IN (SELECT rowid FROM (SELECT rowid, row_number() OVER (` +
      `PARTITION BY ${identity} ORDER BY revision DESC, rowid DESC) AS place FROM ${table} WHERE ${this.#isOf(write)}) ` +
      'WHERE place > 1)'
    );
  }

  /** Between writes, which do not wait for it but for the stretch that is under way. */
  #startRemoving(): void {
    if (this.#retention.isDue) this.#removing ??= this.#removeOld().finally(() => (this.#removing = undefined));
  }

  /** Stretch by stretch. One that fails is tried again behind the next write. */
  async #removeOld(): Promise<void> {
    try {
      while (this.#retention.isDue) {
        const beforeUs = this.#retention.oldestUs;
        const isDone = await this.#file.alone(async transaction => await this.#removeStretch(transaction, beforeUs));
        if (isDone) this.#retention.removed(beforeUs);
      }
    } catch {
      // Whoever writes next hears of it.
    }
  }

  /** True where nothing was left to remove. */
  async #removeStretch(transaction: Transaction, beforeUs: number): Promise<boolean> {
    const time = quoted(TIME_COLUMN);
    const from = `FROM ${tableOf(this.#stream)} WHERE ${time} <`;
    const [row] = await transaction.rows(`SELECT epoch_us(min(${time})) ${from} ${instant(beforeUs)}`);
    if (row![0] === null) return true;
    const endUs = this.#retention.stretchEnd(Number(row![0]), beforeUs);
    await transaction.run(`DELETE ${from} ${instant(endUs)}`);
    return false;
  }

  /** What is not worth a retry is the sink's end: what follows a hole is not written. */
  async #orEnd(step: Promise<void>): Promise<void> {
    if (this.#end !== null) {
      step.catch(() => {});
      throw this.#end;
    }
    try {
      await step;
    } catch (error) {
      if (error instanceof MillraceError && error.retry === 'never') this.#end ??= error;
      throw error;
    }
  }
}

/** What is known of rows that were written, so that most need not be looked for. */
type Seen = { mayRepeat(parts: readonly RowPart[], symbols: SymbolTable): boolean };

const NO_SOURCES: ReadonlyMap<number, number> = new Map();

function timesOf(parts: readonly RowPart[]): Times {
  let oldestUs = Infinity;
  let newestUs = -Infinity;
  for (const { timeUs, length } of parts) {
    for (let row = 0; row < length; row++) {
      const time = timeUs[row]!;
      if (!Number.isSafeInteger(time)) continue; // refused
      if (time < oldestUs) oldestUs = time;
      if (time > newestUs) newestUs = time;
    }
  }
  return { oldestUs, newestUs };
}

function instant(timeUs: number): string {
  return `make_timestamp(${timeUs})`;
}

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
