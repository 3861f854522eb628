import { setTimeout as delay } from 'node:timers/promises';
import type { TableOptions, TableRead, TableSource } from '../../engine/connector.ts';
import { JsonEvents } from '../codecs/json-event.ts';
import { quoted } from './names.ts';
import { QuestDbClient } from './questdb-client.ts';
import type { QuestDbSettings } from './settings.ts';
import { readTableState } from './table-watch.ts';

const LOOK_EVERY_MS = 2_000;
/** Of a table without a write-ahead log nobody knows when it changes. */
const READ_EVERY_MS = 30_000;
const MOST_ROWS = 200_000;

/**
 * A table in QuestDB: all of its rows, by the columns of its fields. Errors: MR5200, MR5201, MR5214 of the server · MR5211 there
 * is no such table or column.
 */
export class QuestDbTable implements TableSource {
  readonly #options: TableOptions;
  readonly #client: QuestDbClient;
  readonly #table: string;
  #readState: string | null = null; // null: it has none

  constructor(settings: QuestDbSettings, options: TableOptions) {
    this.#options = options;
    this.#table = options.source.address;
    this.#client = new QuestDbClient(settings);
  }

  async read(): Promise<TableRead> {
    const { builder, symbols } = this.#options.createBuilder();
    const columns = [...new Set(builder.slots.map(columnOf))];
    const state = await this.#state();
    const rows = await this.#client.query(
      `SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(this.#table)} LIMIT ${MOST_ROWS}`,
    );
    this.#readState = state;
    const events = new JsonEvents(builder);
    builder.limit({ maxEvents: MOST_ROWS });
    rows.forEach((row, number) => {
      const event = Object.fromEntries(columns.map((column, i) => [column, row[i]!]));
      builder.arrivalUs = 0; // rows have no time but what their fields say
      events.takeEvent(event, null, `row ${number + 1}`);
    });
    return { batches: [builder.build()], symbols, endings: null };
  }

  async changed(signal: AbortSignal): Promise<void> {
    if (this.#readState === null) return await wait(READ_EVERY_MS, signal);
    while (!signal.aborted) {
      await wait(LOOK_EVERY_MS, signal);
      const state = await this.#state().catch(() => undefined);
      if (state !== this.#readState) return; // where it cannot be asked, reading says why
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** Equal: nobody has written to it, as readers see it. */
  async #state(): Promise<string | null> {
    const state = await readTableState(this.#client, this.#table);
    return state === null ? null : `${state.id} ${state.appliedTransaction}`;
  }
}

/** A field is read from the column of its name, or of the one that it gives. */
function columnOf({ name, origin }: TableOptionsSlot): string {
  return origin.kind === 'path' ? String(origin.path[0]) : name;
}

type TableOptionsSlot = ReturnType<TableOptions['createBuilder']>['builder']['slots'][number];

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => {});
}
