import { Pool } from 'undici';
import { MillraceError } from '../../engine/errors.ts';
import type { RowBuffer } from './row-buffer.ts';
import { notAdmitted, notReached, notTrusted, queryFailed, rowsRefused, tableLost } from './questdb-errors.ts';
import {
  authorizationOf,
  DEFAULT_RETRY_MS,
  DEFAULT_TIMEOUT_MS,
  originOf,
  type QuestDbSettings,
  tlsOf,
} from './settings.ts';

/** Rows of a query as arrays; columns in the order of the query. Doubles are exact. */
export type QueryRow = readonly (string | number | boolean | null)[];

type WriteOptions = {
  readonly previous: Promise<void> | null;
  /** Whether rows may go out now: its failure is the write's. */
  readonly beforeAttempt?: () => Promise<void>;
  readonly onTooLarge: (row: number) => void;
};

/** Rows of one table for one request, and where each ends. */
type EncodedRows = Pick<RowBuffer, 'bytes' | 'usedBytes' | 'rowEnds' | 'rows'>;

/**
 * QuestDB over HTTP: rows to `/write`, queries to `/exec`. There is no bound on connections, since a request that waits for
 * the one before it (see `write`) holds one: two a table.
 *
 * Errors: MR5200 away or not well (backoff) · MR5201 not admitted · MR5214 TLS · MR5205, MR5210 rows refused · MR5211 query
 * failed.
 */
export class QuestDbClient {
  readonly origin: string;
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #retryMs: number;
  readonly #closing = new AbortController();
  #connectionChanges = 0;

  constructor(settings: QuestDbSettings) {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, retryMs = DEFAULT_RETRY_MS } = settings;
    this.origin = originOf(settings);
    const authorization = authorizationOf(settings);
    this.#headers = authorization === undefined ? {} : { authorization };
    this.#retryMs = retryMs;
    this.#pool = new Pool(this.origin, {
      connections: null,
      pipelining: 1,
      connect: { ...tlsOf(settings), timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    this.#pool.on('connect', () => this.#connectionChanges++);
    this.#pool.on('disconnect', () => this.#connectionChanges++);
  }

  /** How often a connection was made or lost: while it stays the same, the server is the one that it was. */
  get connectionChanges(): number {
    return this.#connectionChanges;
  }

  /**
   * Resolves when the server has committed the rows, as one. The request is uploaded at once, but for its last byte, which
   * waits until `previous` is done: so the server reads a request while it commits the one before, and requests of a table
   * are committed in order. One that is not complete is never committed. A failure of `previous` is this one's failure.
   *
   * The bytes of a repeated request are the same, so a commit whose answer was lost is committed once more to no effect.
   * Rows that are too many for one request go in halves; a row that is too large by itself is left out and told.
   */
  async write(table: string, rows: EncodedRows, options: WriteOptions): Promise<void> {
    const { previous, beforeAttempt, onTooLarge } = options;
    const body = rows.bytes.subarray(0, rows.usedBytes);
    const status = await this.#repeat(previous, async () => {
      await beforeAttempt?.();
      return await this.#post(table, body, previous);
    });
    if (status !== 'too-large') return;
    await previous;
    if (rows.rows < 2) return onTooLarge(0);
    const [first, second] = halves(rows);
    await this.write(table, first, { ...options, previous: null });
    const inSecond = { ...options, previous: null, onTooLarge: (row: number) => onTooLarge(first.rows + row) };
    await this.write(table, second, inSecond);
  }

  /** Runs a statement or query; `limit` is a range of its rows. */
  async query(text: string, limit?: { readonly rows: number }): Promise<QueryRow[]> {
    const parameters = new URLSearchParams({ query: text, nm: 'true' });
    if (limit !== undefined) parameters.set('limit', String(limit.rows));
    return await this.#repeat(null, async () => {
      const { status, text: answer } = await this.#send({ method: 'GET', path: `/exec?${parameters}` });
      const parsed = parseAnswer(answer);
      if (status === 200 && parsed?.error === undefined) return parsed?.dataset ?? [];
      this.#checkStatus(status, answer);
      throw queryFailed(text, String(parsed?.error ?? `status ${status}`));
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pool.destroy();
  }

  async #post(table: string, body: Uint8Array, previous: Promise<void> | null): Promise<'done' | 'too-large'> {
    const { status, text } = await this.#send({
      method: 'POST',
      path: '/write?precision=u',
      body: previous === null ? body : heldBack(body, previous),
      headers: { 'content-length': String(body.length) },
    });
    if (status === 204 || status === 200) return 'done';
    if (status === 413) return 'too-large';
    this.#checkStatus(status, text);
    throw refusal(table, status, text);
  }

  async #send(options: {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
    readonly headers?: Readonly<Record<string, string>>;
  }): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const { body = null, headers, method, path } = options;
      const response = await this.#pool.request({
        method,
        path,
        body: body as Uint8Array, // as: undici takes iterables too, which its types do not say of all
        headers: { ...this.#headers, ...headers },
        signal: this.#closing.signal,
      });
      return { status: response.statusCode, text: await response.body.text() };
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      const { code, message } = error as NodeJS.ErrnoException; // as: it is undici's, or of a socket
      if (TLS_CODES.test(String(code))) throw notTrusted(this.origin, message, error);
      throw notReached(this.origin, message, error);
    }
  }

  #checkStatus(status: number, text: string): void {
    if (status === 401 || status === 403) throw notAdmitted(this.origin, status);
    if (status >= 500 || status === 408 || status === 429) {
      throw notReached(this.origin, `status ${status} ${messageOf(text)}`);
    }
  }

  /** Until it is done, or fails for good, or has failed for `retryMs`. Waits are random, so that many do not come at once. */
  async #repeat<T>(previous: Promise<void> | null, attempt: () => Promise<T>): Promise<T> {
    let untilMs: number | null = null;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LAST_WAIT_MS)) {
      try {
        return await attempt();
      } catch (error) {
        if (previous !== null) await previous; // its failure, if it is one; time begins to count when it is this one's turn
        untilMs ??= performance.now() + this.#retryMs;
        const isOver = this.#closing.signal.aborted || performance.now() >= untilMs;
        if (!(error instanceof MillraceError) || error.retry !== 'backoff' || isOver) throw error;
        await new Promise(resolve => setTimeout(resolve, waitMs * (0.5 + Math.random() / 2)));
      }
    }
  }
}

async function* heldBack(body: Uint8Array, previous: Promise<void>): AsyncGenerator<Uint8Array> {
  yield body.subarray(0, body.length - 1);
  await previous;
  yield body.subarray(body.length - 1);
}

function halves({ bytes, usedBytes, rowEnds, rows }: EncodedRows): [EncodedRows, EncodedRows] {
  const first = rows >>> 1;
  const cut = rowEnds[first - 1]!;
  return [
    { bytes, usedBytes: cut, rowEnds, rows: first },
    {
      bytes: bytes.subarray(cut, usedBytes),
      usedBytes: usedBytes - cut,
      rowEnds: rowEnds.slice(first, rows).map(end => end - cut),
      rows: rows - first,
    },
  ];
}

/** QuestDB says the table, and the column where it is one's fault; rows of one table all have the same reason. */
function refusal(table: string, status: number, text: string): MillraceError {
  const message = messageOf(text);
  if (/table does not exist|table is dropped/i.test(message)) return tableLost(table, 'it is not there any more');
  return rowsRefused(table, `${message === '' ? `status ${status}` : message}`);
}

function messageOf(text: string): string {
  const { message, line } = (parseAnswer(text) ?? {}) as { message?: unknown; line?: unknown };
  if (typeof message !== 'string') return text.slice(0, MAX_MESSAGE);
  const told = /error in line \d+: (?:table: [^,;]*[,;] )?([\s\S]*)/.exec(message)?.[1] ?? message;
  const where = typeof line === 'number' ? `row ${line} of the request: ` : '';
  return `${where}${told}`.slice(0, MAX_MESSAGE);
}

/** A NUL in a text is given as it is, which is no JSON. */
function parseAnswer(text: string): { dataset?: QueryRow[]; error?: unknown } | undefined {
  try {
    return JSON.parse(text.includes('\0') ? text.replaceAll('\0', '\\u0000') : text);
  } catch {
    return undefined;
  }
}

/** Waiting does not help: what OpenSSL says of a certificate, or of a server that does not speak TLS. */
const TLS_CODES = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO)/;
const FIRST_WAIT_MS = 50;
const LAST_WAIT_MS = 2_000;
const MAX_MESSAGE = 500;
