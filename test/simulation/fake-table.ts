import { JsonEvents } from '../../connectors/codecs/json-event.ts';
import type { TableOptions, TableRead, TableSource } from '../../engine/connector.ts';
import type { Actor } from './world.ts';

/** The rows of one table wherever they are kept: somebody changes them now and then. They outlive the processes that read them. */
export class SharedTable {
  readonly #random: () => number;
  readonly #rows = new Map<string, Readonly<Record<string, unknown>>>();
  #changesLeft: number;

  constructor(random: () => number) {
    this.#random = random;
    this.#changesLeft = Math.floor(random() * MOST_CHANGES);
    for (let change = Math.floor(random() * 20); change > 0; change--) this.#changeOne();
  }

  get rows(): readonly Readonly<Record<string, unknown>>[] {
    return [...this.#rows.values()];
  }

  /** Whether somebody has changed something. */
  change(): boolean {
    if (this.#changesLeft === 0 || this.#random() < 0.5) return false;
    this.#changesLeft--;
    for (let change = 1 + Math.floor(this.#random() * 3); change > 0; change--) this.#changeOne();
    return true;
  }

  #changeOne(): void {
    const id = `id ${Math.floor(this.#random() ** 2 * MOST_KEYS)}`;
    if (this.#random() < 0.2) {
      this.#rows.delete(id);
      return;
    }
    const limit = this.#random() < 0.1 ? null : 45 + Math.floor(this.#random() * 15);
    const place = PLACES[Math.floor(this.#random() * PLACES.length)];
    this.#rows.set(id, { id, limit, place, commissioned: this.#random() < 0.8 });
  }
}

/** Reads them as one process does. `isStill`: nobody changes them. */
export class FakeTable implements TableSource {
  readonly #table: SharedTable;
  readonly #actor: Actor;
  readonly #random: () => number;
  readonly #isStill: boolean;
  readonly #createBuilder: TableOptions['createBuilder'];

  constructor(
    surroundings: {
      readonly table: SharedTable;
      readonly actor: Actor;
      readonly random: () => number;
      readonly isStill: boolean;
    },
    { createBuilder }: TableOptions,
  ) {
    this.#table = surroundings.table;
    this.#actor = surroundings.actor;
    this.#random = surroundings.random;
    this.#isStill = surroundings.isStill;
    this.#createBuilder = createBuilder;
  }

  async read(): Promise<TableRead> {
    await this.#actor.step('reads a table');
    const { builder, symbols } = this.#createBuilder();
    const events = new JsonEvents(builder);
    builder.limit({ maxEvents: MOST_KEYS });
    builder.arrivalUs = 0;
    for (const row of this.#table.rows) events.takeEvent(row, null, 'a row');
    return { batches: [builder.build()], symbols, endings: null };
  }

  async changed(signal: AbortSignal): Promise<void> {
    do {
      await this.#actor.sleep(this.#isStill ? Infinity : this.#random() * LONGEST_PAUSE_MS, signal);
    } while (!signal.aborted && !this.#table.change());
  }

  async close(): Promise<void> {}
}

const PLACES = ['hall 1', 'hall 2', 'yard', null];
const MOST_KEYS = 40;
const MOST_CHANGES = 12;
const LONGEST_PAUSE_MS = 60;
