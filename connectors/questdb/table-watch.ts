import type { Position } from '../../engine/connector.ts';
import { literal } from './names.ts';
import type { QuestDbClient } from './questdb-client.ts';
import { suspended, tableLost } from './questdb-errors.ts';

/** Which table it is, and how far it was written. A table that is made anew has another id; a transaction never comes back. */
export type TableState = {
  readonly id: number;
  readonly transaction: number; // committed
  readonly appliedTransaction: number; // readers see it
  readonly suspendedFor: string | null;
};

/** Null where there is no such table. */
export async function readTableState(client: QuestDbClient, table: string): Promise<TableState | null> {
  const [row] = await client.query(
    'SELECT t.id, w.sequencerTxn, w.writerTxn, w.suspended, w.errorTag, w.errorMessage FROM tables() t ' +
      `JOIN wal_tables() w ON t.table_name = w.name WHERE t.table_name = ${literal(table)}`,
  );
  if (row === undefined) return null;
  const [id, transaction, applied, isSuspended, tag, message] = row;
  const why = [tag, message].filter(text => text !== null && text !== '').join(': ');
  return {
    id: Number(id),
    transaction: Number(transaction),
    appliedTransaction: Number(applied),
    suspendedFor: isSuspended === true ? why : null,
  };
}

/**
 * Holds one table to what it was. QuestDB may acknowledge rows of a table that has just been dropped (a connection keeps its
 * writer), and they are gone: only a look at the id behind them says that they are there.
 */
export class TableWatch {
  readonly #client: QuestDbClient;
  readonly #table: string;
  #state: TableState;

  constructor(client: QuestDbClient, table: string, state: TableState) {
    this.#client = client;
    this.#table = table;
    this.#state = state;
  }

  get isSuspended(): boolean {
    return this.#state.suspendedFor !== null;
  }

  /** Several may be under way. Errors: MR5205 the table is another, or lost transactions · MR5206 suspended (backoff). */
  async verify(): Promise<Position> {
    const before = this.#state;
    const found = await readTableState(this.#client, this.#table);
    const difference = differenceOf(before, found);
    if (difference !== null) throw tableLost(this.#table, difference);
    const state = found!; // else it differs
    if (state.transaction >= this.#state.transaction) this.#state = state;
    if (state.suspendedFor !== null) throw suspended(this.#table, state.suspendedFor);
    return { table: this.#table, id: state.id, transaction: state.transaction };
  }
}

/** Null where nothing that was written before can be missing. */
export function differenceOf(
  before: { readonly id: number; readonly transaction: number },
  now: TableState | null,
): string | null {
  if (now === null) return 'it is not there any more';
  if (now.id !== before.id) return 'it was dropped and made anew';
  if (now.transaction < before.transaction) return 'it lacks its newest transactions, as after a restored backup';
  return null;
}
