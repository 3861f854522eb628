import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Backoff, connectOptions } from './connect-options.ts';
import { connectionError, connectionLost } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';

/** What happened to a connection: whoever expects messages on it has to look whether some were lost. */
export type ConnectionChange = 'lost' | 'restored';

/** A share in a connection: it is closed when the last one is released. */
export type Lease = {
  readonly client: NatsConnection;
  /** It is being tried again. */
  readonly isLost: boolean;
  /** Returns what ends the listening. */
  listen(listener: (change: ConnectionChange) => void): () => void;
  release(): Promise<void>;
};

/**
 * One connection for all sources and sinks of the same settings. The first `acquire` connects, and fails if no server
 * can be reached; from then on a lost connection is tried again for ever.
 *
 * Errors: MR5101 cannot connect · MR5102 not authorised · MR5103 TLS · MR5112 settings.
 */
export class SharedConnection {
  readonly #settings: NatsSettings;
  #opened: Promise<OpenConnection> | undefined;
  #leases = 0;

  constructor(settings: NatsSettings) {
    this.#settings = settings;
  }

  async acquire(): Promise<Lease> {
    this.#leases++;
    this.#opened ??= OpenConnection.open(this.#settings);
    const opened = this.#opened;
    try {
      return this.#lease(await opened);
    } catch (error) {
      this.#leases--;
      if (this.#opened === opened) this.#opened = undefined;
      throw error;
    }
  }

  #lease(opened: OpenConnection): Lease {
    let isReleased = false;
    return {
      client: opened.client,
      get isLost() {
        return opened.isLost;
      },
      listen: listener => {
        opened.listeners.add(listener);
        return () => opened.listeners.delete(listener);
      },
      release: async () => {
        if (isReleased) return;
        isReleased = true;
        await this.#release(opened);
      },
    };
  }

  async #release(opened: OpenConnection): Promise<void> {
    this.#leases--;
    if (this.#leases > 0) return;
    this.#opened = undefined;
    await opened.close();
  }
}

class OpenConnection {
  readonly client: NatsConnection;
  readonly listeners = new Set<(change: ConnectionChange) => void>();
  readonly #settings: NatsSettings;
  readonly #backoff: Backoff;
  isLost = false;

  constructor(client: NatsConnection, settings: NatsSettings, backoff: Backoff) {
    this.client = client;
    this.#settings = settings;
    this.#backoff = backoff;
  }

  static async open(settings: NatsSettings): Promise<OpenConnection> {
    const backoff = new Backoff(settings.reconnectMaxWaitMs ?? 5_000);
    try {
      const client = await connect(connectOptions(settings, backoff));
      const opened = new OpenConnection(client, settings, backoff);
      void opened.#watch();
      return opened;
    } catch (error) {
      throw connectionError(settings, error);
    }
  }

  /** What was sent is flushed, unless the server is away. */
  async close(): Promise<void> {
    this.listeners.clear();
    const { client } = this;
    const flushed = this.isLost ? Promise.resolve() : client.flush().catch(() => {});
    await Promise.race([flushed, soon()]);
    await Promise.race([client.close().catch(() => {}), soon()]);
  }

  async #watch(): Promise<void> {
    for await (const status of this.client.status()) {
      if (status.type === 'disconnect') this.#lost();
      else if (status.type === 'reconnecting') this.#backoff.failed();
      else if (status.type === 'reconnect') this.#restored();
    }
  }

  #lost(): void {
    if (!this.isLost) this.#settings.onWarning?.(connectionLost(this.#settings));
    this.isLost = true;
    this.#tell('lost');
  }

  #restored(): void {
    this.isLost = false;
    this.#backoff.succeeded();
    this.#tell('restored');
  }

  #tell(change: ConnectionChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

async function soon(): Promise<void> {
  await new Promise<void>(resolve => setTimeout(resolve, CLOSE_WAIT_MS).unref());
}

const CLOSE_WAIT_MS = 400;
