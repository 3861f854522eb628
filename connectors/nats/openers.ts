import type { Sink, SinkOptions, Source, SourceOptions, TableOptions, TableSource } from '../../engine/connector.ts';
import { SharedConnection } from './connection.ts';
import { KvTable } from './kv-table.ts';
import type { NatsSettings } from './nats-settings.ts';
import { openNatsSink } from './sink.ts';
import { openNatsSource } from './source.ts';

/** What opens sources, tables and sinks over one connection. */
export class NatsOpeners {
  readonly #settings: NatsSettings;
  readonly #connection: SharedConnection;

  constructor(settings: NatsSettings) {
    this.#settings = settings;
    this.#connection = new SharedConnection(settings);
  }

  async openSource(options: SourceOptions): Promise<Source> {
    return await openNatsSource(this.#settings, this.#connection, options);
  }

  async openTable(options: TableOptions): Promise<TableSource> {
    return await KvTable.open(this.#settings, this.#connection, options);
  }

  async openSink(options: SinkOptions): Promise<Sink> {
    return await openNatsSink(this.#settings, this.#connection, options);
  }
}
