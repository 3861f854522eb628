import { RowBuffer } from './row-buffer.ts';

/** Requests of one table that are sent ahead of need: one is committed while the next is uploaded. */
const MAX_AHEAD = 2;
/** One more is filled meanwhile. */
const BUFFERS = MAX_AHEAD + 1;

/** Sends rows behind a request, which may be none; the row that is too large by itself is told, and left out. */
export type SendRows = (
  rows: RowBuffer,
  options: { readonly previous: Promise<void> | null; readonly onTooLarge: (row: number) => void },
) => Promise<void>;

/** Rows on their way into one request, perhaps of several writes. */
export class RowRequest {
  readonly rows: RowBuffer;
  readonly #result = Promise.withResolvers<void>();
  readonly #shares: { readonly endRow: number; readonly onTooLarge: (timeUs: number) => void }[] = [];

  constructor(rows: RowBuffer) {
    this.rows = rows;
    this.done.catch(() => {}); // told by the writes that have rows in it
  }

  /** Resolves when its rows are committed. */
  get done(): Promise<void> {
    return this.#result.promise;
  }

  /** Rows that came since the last call are one write's. */
  belongsTo(onTooLarge: (timeUs: number) => void): void {
    this.#shares.push({ endRow: this.rows.rows, onTooLarge });
  }

  tooLarge(row: number): void {
    this.#shares.find(({ endRow }) => row < endRow)?.onTooLarge(this.rows.timesUs[row]!);
  }

  settle(sent: Promise<void>): void {
    this.#result.resolve(sent);
  }
}

/**
 * Requests of one table, in the order in which they were filled. One is sent at once where few are under way; where the
 * server has enough to do, rows gather in one until it has less, or the request is full: a request costs the server as much
 * as thousands of rows.
 *
 * A failure is one of all that were filled behind it. They belong to its attempt, and what belongs to the next one is not
 * held up by them.
 */
export class RequestQueue {
  readonly #send: SendRows;
  readonly #free: RowBuffer[] = Array.from({ length: BUFFERS }, () => new RowBuffer());
  #onFree: (() => void) | null = null; // at most one waits, since writes take turns
  #filling: RowRequest | null = null;
  #newest: Promise<void> | null = null; // null: none is under way
  #underWay = 0;
  #attempt = 0; // grows with each failure
  #failure: unknown; // of the attempt before

  constructor(send: SendRows) {
    this.#send = send;
  }

  get attempt(): number {
    return this.#attempt;
  }

  /** What is filled now; undefined: no buffer is free. Throws the failure that ended the attempt. */
  fill(attempt: number): RowRequest | undefined {
    if (attempt !== this.#attempt) throw this.#failure;
    if (this.#filling === null && this.#free.length > 0) this.#filling = new RowRequest(this.#free.pop()!);
    return this.#filling ?? undefined;
  }

  async bufferIsFree(): Promise<void> {
    if (this.#free.length === 0) await new Promise<void>(resolve => (this.#onFree = resolve));
  }

  /** What is filled goes out, whatever is under way. */
  sendFull(): void {
    this.#sendFilling();
  }

  /** What is filled goes out, if little is under way. */
  sendReady(): void {
    if (this.#underWay < MAX_AHEAD || this.#filling?.rows.rows === 0) this.#sendFilling();
  }

  /** Until all that was filled by now is committed. */
  async settled(): Promise<void> {
    await (this.#filling?.done ?? this.#newest);
  }

  #sendFilling(): void {
    const request = this.#filling;
    this.#filling = null;
    if (request === null) return;
    if (request.rows.rows === 0) return this.#giveBack(request.rows);
    const sent = this.#finish(request);
    request.settle(sent);
    this.#newest = sent;
  }

  async #finish(request: RowRequest): Promise<void> {
    const { rows } = request;
    const attempt = this.#attempt;
    const previous = this.#newest;
    this.#underWay++;
    try {
      await this.#send(rows, { previous, onTooLarge: row => request.tooLarge(row) });
    } catch (error) {
      if (attempt === this.#attempt) this.#fail(error);
      throw error;
    } finally {
      this.#underWay--;
      if (this.#underWay === 0) this.#newest = null;
      this.#giveBack(rows);
      this.sendReady();
    }
  }

  #fail(error: unknown): void {
    this.#attempt++;
    this.#failure = error;
    this.#newest = null;
    const request = this.#filling;
    this.#filling = null;
    if (request === null) return;
    request.settle(Promise.reject(error));
    this.#giveBack(request.rows);
  }

  #giveBack(rows: RowBuffer): void {
    rows.clear();
    this.#free.push(rows);
    this.#onFree?.();
    this.#onFree = null;
  }
}
