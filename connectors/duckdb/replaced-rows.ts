import { quoted, tableOf } from './names.ts';
import type { Transaction } from './store-file.ts';
import {
  identityOf,
  IS_IN_PLACE,
  REPLACED_IN_COLUMN,
  REPLACER_COLUMN,
  type TableColumn,
  TIME_COLUMN,
  WRITE_COLUMN,
  WRITER_COLUMN,
} from './table-columns.ts';

export type Times = { readonly oldestUs: number; readonly newestUs: number };

/**
 * What a write replaces. A row that a checkpoint may know stays in the table, out of sight, until two more checkpoints were
 * taken: a restart from there puts it back, so that who reads meanwhile sees it and no hole. Any other is removed.
 */
export class ReplacedRows {
  readonly #table: string;
  readonly #isOwn: string;
  readonly #isSame: string;
  readonly #marks: string;
  readonly #isReplacedByOwn: string;
  #checkpoint: number | null; // its last write; null: none will ever be gone back to
  #checkpointBefore: number;
  #keptIn: number; // the last write that left a row out of sight

  /** `checkpoint`: the last write of the one that the run goes on from. */
  constructor(options: {
    readonly stream: string;
    readonly writer: number;
    readonly columns: readonly TableColumn[];
    readonly checkpoint: number | null;
  }) {
    const { stream, writer, columns, checkpoint } = options;
    this.#table = tableOf(stream);
    this.#isOwn = `${WRITER} = ${writer}`;
    this.#isSame = identityOf(columns)
      .map(name => `old.${quoted(name)} IS NOT DISTINCT FROM new.${quoted(name)}`)
      .join(' AND ');
    this.#marks = `${REPLACER} = ${writer}, ${REPLACED_IN} =`;
    this.#isReplacedByOwn = `${REPLACER} = ${writer} AND ${REPLACED_IN}`;
    this.#checkpoint = checkpoint;
    this.#checkpointBefore = checkpoint ?? 0;
    this.#keptIn = checkpoint ?? 0;
  }

  /** What came behind this write is gone, and what that had replaced is there again. */
  async takeBack(transaction: Transaction, write: number): Promise<void> {
    await transaction.run(`DELETE FROM ${this.#table} WHERE ${this.#isOwn} AND ${WRITE} > ${write}`);
    const isBehind = `${this.#isReplacedByOwn} > ${write}`;
    const [times] = await transaction.rows(
      `SELECT epoch_us(min(${TIME})), epoch_us(max(${TIME})) FROM ${this.#table} WHERE ${isBehind}`,
    );
    if (times![0] === null) return;
    const isBetween = betweenTimes({ oldestUs: Number(times![0]), newestUs: Number(times![1]) });
    await transaction.run(
      `UPDATE ${this.#table} SET ${REPLACER} = NULL, ${REPLACED_IN} = NULL WHERE rowid IN (SELECT old.row FROM ` +
        `(SELECT *, rowid AS row FROM ${this.#table} WHERE ${isBehind}) AS old ANTI JOIN ` +
        `(SELECT * FROM ${this.#table} WHERE ${IS_IN_PLACE} AND ${isBetween}) AS new ON (${this.#isSame}))`,
    );
  }

  /** Rows of earlier writes that have the identity of one of this. */
  async replace(transaction: Transaction, write: number, times: Times): Promise<void> {
    const checkpoint = this.#checkpoint;
    const isUnknown = checkpoint === null ? 'true' : `(${this.#isOwn} AND ${WRITE} > ${checkpoint})`;
    await transaction.run(`DELETE FROM ${this.#table} WHERE ${this.#isReplaced(write, times, isUnknown)}`);
    if (checkpoint === null) return;
    this.#keptIn = write;
    await transaction.run(
      `UPDATE ${this.#table} SET ${this.#marks} ${write} WHERE ${this.#isReplaced(write, times, `NOT ${isUnknown}`)}`,
    );
  }

  /** Goes with the next checkpoint. */
  async forget(transaction: Transaction): Promise<void> {
    if (this.#keptIn === 0) return;
    await transaction.run(`DELETE FROM ${this.#table} WHERE ${this.#isReplacedByOwn} <= ${this.#checkpointBefore}`);
  }

  /** `write`: the last one that the checkpoint knows. */
  checkpointed(write: number): void {
    if (this.#keptIn <= this.#checkpointBefore) this.#keptIn = 0;
    this.#checkpointBefore = this.#checkpoint ?? write;
    this.#checkpoint = write;
  }

  #isReplaced(write: number, times: Times, condition: string): string {
    const isOf = `${this.#isOwn} AND ${WRITE} = ${write}`;
    return (
      `rowid IN (SELECT old.row FROM (SELECT *, rowid AS row FROM ${this.#table} ` +
      `WHERE NOT (${isOf}) AND ${IS_IN_PLACE} AND ${condition} AND ${betweenTimes(times)}) AS old ` +
      `SEMI JOIN (SELECT * FROM ${this.#table} WHERE ${isOf}) AS new ON (${this.#isSame}))`
    );
  }
}

function betweenTimes({ oldestUs, newestUs }: Times): string {
  return `${TIME} BETWEEN make_timestamp(${oldestUs}) AND make_timestamp(${newestUs})`;
}

const TIME = quoted(TIME_COLUMN);
const WRITER = quoted(WRITER_COLUMN);
const WRITE = quoted(WRITE_COLUMN);
const REPLACER = quoted(REPLACER_COLUMN);
const REPLACED_IN = quoted(REPLACED_IN_COLUMN);
