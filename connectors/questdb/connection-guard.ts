import type { Position } from '../../engine/connector.ts';
import { checkSettings } from './probe-auto-create.ts';
import type { QuestDbClient } from './questdb-client.ts';
import type { TableWatch } from './table-watch.ts';

/**
 * What stands behind a connection that was made anew may be a server with other settings or other data: one that was
 * started again, or put back from a backup. So it is looked at before rows go out, while they cannot hide what is missing.
 *
 * Errors: MR5202 it creates tables · MR5205 the table is another · MR5206 suspended (backoff).
 */
export class ConnectionGuard {
  readonly #client: QuestDbClient;
  readonly #watch: TableWatch;
  #lookedAt = -1; // of the connection's changes

  constructor(client: QuestDbClient, watch: TableWatch) {
    this.#client = client;
    this.#watch = watch;
  }

  /** Before rows go out. */
  async require(): Promise<void> {
    if (this.#isNew) await this.verify();
  }

  /** Where the table stands. */
  async verify(): Promise<Position> {
    const [found] = await Promise.allSettled([this.#watch.verify()]);
    if (this.#isNew || found.status === 'rejected') await checkSettings(this.#client); // says more than that a table is gone
    this.#lookedAt = this.#client.connectionChanges;
    if (found.status === 'rejected') throw found.reason;
    return found.value;
  }

  get #isNew(): boolean {
    return this.#client.connectionChanges !== this.#lookedAt;
  }
}
