import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, parse } from 'node:path';
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { MillraceError } from '../../engine/errors.ts';
import { fileInUse, fileLost, messageOf, notOpened, notWritten } from './duckdb-errors.ts';
import { type DuckDb, loadDuckDb } from './load-duckdb.ts';

/** A value of a query: whole numbers are BigInt. */
export type QueryValue = string | number | bigint | boolean | null;

/** What a step does within a transaction. `opening` is another one when the file was opened anew in between. */
export type Transaction = {
  readonly opening: number;
  run(statement: string): Promise<void>;
  rows(query: string): Promise<QueryValue[][]>;
  appender(table: { readonly schema: string; readonly name: string }): Promise<DuckDBAppender>;
};

type Step = {
  readonly isAlone: boolean;
  readonly run: (transaction: Transaction) => Promise<void>;
  readonly settle: { resolve(): void; reject(error: unknown): void };
};

/**
 * One DuckDB file, and all that a process does with it: transactions one after another. Steps that come while one is
 * under way go into the next together, up to `MAX_STEPS`, so a sync of the disk is shared by all series. A transaction that fails fails all
 * steps that wait behind it too, whose callers put them again in their order.
 *
 * After a failure of the disk DuckDB takes nothing more until the file is opened anew, which the next step does.
 */
export class StoreFile {
  /** Of this process, which DuckDB would let open a file twice. */
  static readonly #opened = new Map<string, Promise<StoreFile>>();

  readonly duckdb: DuckDb;
  readonly path: string;
  /** Of the file, which gets it when it is made. */
  id = '';
  readonly #streams = new Map<string, string>(); // that are open, by the name as DuckDB compares it
  #users = 1;
  #closing: Promise<void> | undefined;
  #instance: DuckDBInstance | undefined;
  #connection: DuckDBConnection | undefined;
  readonly #appenders: DuckDBAppender[] = []; // one of each series, of this opening
  #inode = 0n;
  #opening = 0;
  #waiting: Step[] = [];
  #underWay: Promise<void> | undefined;

  private constructor(path: string, duckdb: DuckDb) {
    this.path = path;
    this.duckdb = duckdb;
  }

  /** Shared by all who open the same path; each closes it. Errors: MR5300, MR5301, MR5302. */
  static async open(path: string): Promise<StoreFile> {
    for (;;) {
      const opened = StoreFile.#opened.get(path);
      if (opened === undefined) break;
      const file = await opened;
      if (file.#users > 0) {
        file.#users++;
        return file;
      }
      await file.#closing;
    }
    const opening = StoreFile.#start(path);
    StoreFile.#opened.set(path, opening);
    opening.catch(() => StoreFile.#opened.delete(path));
    return await opening;
  }

  /** A connection of its own to a file that this process has open; null: it has not. */
  static async readerOf(path: string): Promise<{ connection: DuckDBConnection; close(): Promise<void> } | null> {
    if (!StoreFile.#opened.has(path)) return null;
    const file = await StoreFile.open(path);
    if (file.#instance === undefined) {
      await file.close();
      throw notOpened(path, 'the run that writes it waits for the disk');
    }
    const connection = await file.#instance.connect();
    return {
      connection,
      close: async () => {
        connection.closeSync();
        await file.close();
      },
    };
  }

  static async #start(path: string): Promise<StoreFile> {
    const catalog = parse(path).name.toLowerCase();
    if (SCHEMAS.includes(catalog)) {
      throw notOpened(path, `DuckDB takes \`${catalog}\` for the schema of that name; call the file otherwise`);
    }
    const file = new StoreFile(path, await loadDuckDb());
    try {
      mkdirSync(dirname(path), { recursive: true });
    } catch (error) {
      throw notOpened(path, messageOf(error), error);
    }
    await file.#open();
    try {
      await file.alone(async transaction => {
        for (const statement of OWN_TABLES) await transaction.run(statement);
        const [row] = await transaction.rows('SELECT id, format FROM millrace.file');
        if (row !== undefined && Number(row[1]) > FORMAT) {
          throw notOpened(path, `it was written by a newer Millrace (format ${row[1]})`);
        }
        file.id = row === undefined ? randomUUID() : String(row[0]);
        if (row === undefined) await transaction.run(`INSERT INTO millrace.file VALUES ('${file.id}', ${FORMAT})`);
      });
    } catch (error) {
      file.#shut();
      throw error;
    }
    return file;
  }

  /** Whether nobody has opened a series of this name, which may differ in case. */
  claim(stream: string): { readonly holder: string } | null {
    const holder = this.#streams.get(stream.toLowerCase());
    if (holder !== undefined) return { holder };
    this.#streams.set(stream.toLowerCase(), stream);
    return null;
  }

  release(stream: string): void {
    this.#streams.delete(stream.toLowerCase());
  }

  /** Resolves when what the step did is committed and synced. Errors: MR5305 (backoff). */
  async together(step: (transaction: Transaction) => Promise<void>): Promise<void> {
    await this.#put(step, false);
  }

  /** The same, in a transaction of its own: what fails in it fails nothing else. */
  async alone<Result>(step: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    let result: { readonly of: Result } | undefined;
    await this.#put(async transaction => void (result = { of: await step(transaction) }), true);
    return result!.of; // or it has thrown
  }

  /** Errors: MR5310 where the path is not this file any more. */
  verify(): void {
    const inode = inodeOf(this.path);
    if (inode === null) throw fileLost(this.path, 'it is not there any more');
    if (inode !== this.#inode) throw fileLost(this.path, 'another file has its name');
  }

  /** When the last user closes it, DuckDB puts its write-ahead log into the file. */
  async close(): Promise<void> {
    while (this.#underWay !== undefined) await this.#underWay;
    if (--this.#users > 0) return;
    this.#closing = this.#finish();
    await this.#closing;
  }

  async #finish(): Promise<void> {
    // What cannot be put into the file now stays in the log, from which the next one reads it.
    await this.#connection?.run('CHECKPOINT').catch(() => {});
    this.#shut();
    StoreFile.#opened.delete(this.path);
  }

  #put(run: (transaction: Transaction) => Promise<void>, isAlone: boolean): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({ run, isAlone, settle: { resolve, reject } });
      this.#underWay ??= this.#work().finally(() => (this.#underWay = undefined));
    });
  }

  async #work(): Promise<void> {
    await Promise.resolve(); // others put their steps in the same moment
    while (this.#waiting.length > 0) {
      const steps = this.#take();
      try {
        await this.#transact(steps);
        for (const { settle } of steps) settle.resolve();
      } catch (error) {
        const isOfThese = steps.length === 1 && steps[0]!.isAlone;
        for (const { settle } of isOfThese ? steps : [...steps, ...this.#waiting.splice(0)]) settle.reject(error);
      }
    }
  }

  #take(): Step[] {
    const [first] = this.#waiting;
    if (first!.isAlone) return this.#waiting.splice(0, 1);
    const end = this.#waiting.findIndex((step, index) => step.isAlone || index === MAX_STEPS);
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #transact(steps: readonly Step[]): Promise<void> {
    if (this.#connection === undefined) await this.#open();
    const connection = this.#connection!; // opened just now, if not before
    const transaction: Transaction = {
      opening: this.#opening,
      run: async statement => void (await connection.run(statement)),
      rows: async query => (await connection.runAndReadAll(query)).getRows() as QueryValue[][], // as: queries ask for such
      appender: async ({ schema, name }) => {
        const appender = await connection.createAppender(name, schema);
        this.#appenders.push(appender);
        return appender;
      },
    };
    try {
      await connection.run('BEGIN');
      for (const step of steps) await step.run(transaction);
      await connection.run('COMMIT');
    } catch (error) {
      await this.#rollBack(connection);
      throw error instanceof MillraceError ? error : notWritten(this.path, messageOf(error), error);
    }
  }

  /** Appenders hold rows of the failed transaction, and the file may take nothing more: all is opened anew. */
  async #rollBack(connection: DuckDBConnection): Promise<void> {
    await connection.run('ROLLBACK').catch(() => {});
    this.#shut();
  }

  async #open(): Promise<void> {
    const isFirst = this.#opening === 0;
    if (!isFirst) this.verify(); // DuckDB would make a new one
    const { api } = this.duckdb;
    try {
      this.#instance = await api.DuckDBInstance.create(this.path, { ...BOUNDS, checkpoint_threshold: LOG_SIZE });
      this.#connection = await this.#instance.connect();
    } catch (error) {
      this.#shut();
      throw openingFailed(this.path, error, isFirst);
    }
    this.#opening++;
    if (isFirst) this.#inode = inodeOf(this.path)!; // it is open
  }

  #shut(): void {
    try {
      for (const appender of this.#appenders.splice(0)) {
        appender.clear(); // of a transaction that failed
        appender.closeSync();
      }
      this.#connection?.closeSync();
      this.#instance?.closeSync();
    } catch {
      // It could not take something over into the file: that is in the log.
    }
    this.#connection = undefined;
    this.#instance = undefined;
  }
}

/** `isFirst`: it was not open before. */
export function openingFailed(path: string, error: unknown, isFirst: boolean): MillraceError {
  const message = messageOf(error);
  const owner = /Conflicting lock is held in (.*?) ?\(PID (\d+)\)/.exec(message);
  if (owner !== null) return fileInUse(path, `${owner[2]} (${owner[1]})`, error);
  if (/could not set lock/i.test(message)) return fileInUse(path, null, error);
  return isFirst ? notOpened(path, message, error) : notWritten(path, message, error);
}

function inodeOf(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

/** Of the tables in `millrace`. */
const FORMAT = 1;
/** Of these, and of `main`. A file is a catalog of its name, and a name before a point may be either. */
const SCHEMAS = ['series', 'millrace', 'main'];
const OWN_TABLES = [
  'CREATE SCHEMA IF NOT EXISTS millrace',
  'CREATE SCHEMA IF NOT EXISTS series',
  'CREATE TABLE IF NOT EXISTS millrace.file (id VARCHAR, format INTEGER)',
  'CREATE TABLE IF NOT EXISTS millrace.writers (series VARCHAR, writer INTEGER, write BIGINT)',
  'CREATE TABLE IF NOT EXISTS millrace.sources (number INTEGER, name VARCHAR)',
  'CREATE TABLE IF NOT EXISTS millrace.series (name VARCHAR, definition VARCHAR)',
];
/** What DuckDB may take; beyond it, it uses files beside its own. */
export const BOUNDS = { memory_limit: '1GB' };
/** A longer log is read for longer after a crash, a shorter one is put into the file more often. benchmark: duckdb */
const LOG_SIZE = '64MB';
/** Each has the rows of one round of one series. */
const MAX_STEPS = 64;
