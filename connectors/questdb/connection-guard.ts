import { checkSettings } from './probe-auto-create.ts';
import type { QuestDbClient } from './questdb-client.ts';
import type { TableWatch } from './table-watch.ts';

/**
 * What stands behind a connection that was made anew may be a server with other settings or other data: one that was
 * started again, or put back from a backup. So it is looked at before rows go out, while they cannot hide what is missing.
 */
export class ConnectionGuard {
  readonly #client: QuestDbClient;
  readonly #watch: TableWatch;
  #lookedAt = -1; // of the connection's changes

  constructor(client: QuestDbClient, watch: TableWatch) {
    this.#client = client;
    this.#watch = watch;
  }

  /** Errors: MR5202 it creates tables · MR5205 the table is another · MR5206 suspended (backoff). */
  async require(): Promise<void> {
    if (this.#client.connectionChanges === this.#lookedAt) return;
    await checkSettings(this.#client);
    await this.#watch.verify();
    this.#lookedAt = this.#client.connectionChanges;
  }
}
