import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, type StreamInfo } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import type { TableEnding, TableOptions, TableRead, TableSource } from '../../engine/connector.ts';
import { JsonEvents } from '../codecs/json-event.ts';
import type { Lease, SharedConnection } from './connection.ts';
import { JetStreamApi } from './jetstream-api.ts';
import { bucketInMotion, noBucket, noRow } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';

const LOOK_EVERY_MS = 500;
const MOST_READS = 5;
const MOST_REVISIONS = 200_000;

/**
 * A table in a NATS key–value bucket: each revision is a version of its key's row, valid from when it was stored, and a key that is
 * deleted has no row from then on. The value is a JSON object. A key of several fields has a token for each.
 *
 * Errors: MR5101, MR5102, MR5104 of the connection · MR5116 no such bucket · MR5117 a value is no row.
 */
export class KvTable implements TableSource {
  readonly #options: TableOptions;
  readonly #bucket: string;
  readonly #lease: Lease;
  readonly #api: JetStreamApi;
  readonly #kv: KV;
  readonly #keyFields: readonly KeyField[];
  #readState = '';

  static async open(settings: NatsSettings, connection: SharedConnection, options: TableOptions): Promise<KvTable> {
    const bucket = options.source.address;
    const lease = await connection.acquire();
    try {
      const api = new JetStreamApi(lease, settings);
      if ((await api.streamInfo(streamOf(bucket))) === undefined) throw noBucket(bucket);
      const { domain } = settings;
      const client = jetstream(lease.client, domain === undefined ? {} : { domain });
      return new KvTable({ options, lease, api, kv: await new Kvm(client).open(bucket, { bindOnly: true }) });
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  private constructor(own: {
    readonly options: TableOptions;
    readonly lease: Lease;
    readonly api: JetStreamApi;
    readonly kv: KV;
  }) {
    const { source } = own.options;
    this.#options = own.options;
    this.#bucket = source.address;
    this.#lease = own.lease;
    this.#api = own.api;
    this.#kv = own.kv;
    this.#keyFields = source.key.map(name => {
      const { type, from } = source.fields.find(field => field.name === name)!;
      const isOfKey = from.kind === 'path' && from.path.length === 1 && from.path[0] === name;
      return { name, isNumber: type === 'int', isOfKey };
    });
  }

  async read(): Promise<TableRead> {
    this.#readState = ''; // until it is known what is there
    for (let left = MOST_READS; left > 0; left--) {
      const before = await this.#state();
      if (before.text === ABSENT) {
        this.#readState = ABSENT;
        throw noBucket(this.#bucket);
      }
      const entries = await this.#entries();
      // A connection that is lost ends the history early.
      const isWhole = entries.length === before.messages && (await this.#state()).text === before.text;
      if (!isWhole) continue;
      this.#readState = before.text;
      return this.#rowsOf(entries);
    }
    throw bucketInMotion(this.#bucket);
  }

  async changed(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => {});
      const state = await this.#state().catch(() => null); // the connection has told it
      if (state !== null && state.text !== this.#readState) return;
    }
  }

  async close(): Promise<void> {
    await this.#lease.release();
  }

  async #entries(): Promise<KvEntry[]> {
    const entries: KvEntry[] = [];
    for await (const entry of await this.#kv.history()) {
      entries.push(entry);
      if (entries.length > MOST_REVISIONS) break;
    }
    return entries;
  }

  #rowsOf(entries: readonly KvEntry[]): TableRead {
    const { builder, symbols } = this.#options.createBuilder();
    const events = new JsonEvents(builder);
    const endings: TableEnding[] = [];
    builder.limit({ maxEvents: MOST_REVISIONS });
    for (const entry of entries) {
      const timeUs = entry.created.getTime() * 1_000;
      if (entry.operation !== 'PUT') {
        endings.push({ key: this.#keyOf(entry).map(({ value }) => value), timeUs });
        continue;
      }
      builder.arrivalUs = timeUs;
      const key = this.#keyOf(entry).filter(({ isOfKey }) => isOfKey);
      const row = { ...this.#valueOf(entry), ...Object.fromEntries(key.map(({ name, value }) => [name, value])) };
      events.takeEvent(row, null, `key ${entry.key}`);
    }
    return { batches: [builder.build()], symbols, endings };
  }

  #keyOf({ key }: KvEntry): (KeyField & { readonly value: string | number })[] {
    const tokens = this.#keyFields.length === 1 ? [key] : key.split('.');
    if (tokens.length !== this.#keyFields.length) {
      throw noRow(
        this.#bucket,
        key,
        `its key has ${tokens.length} parts, and the table's has ${this.#keyFields.length}`,
      );
    }
    return this.#keyFields.map((field, i) => ({ ...field, value: field.isNumber ? Number(tokens[i]) : tokens[i]! }));
  }

  #valueOf(entry: KvEntry): Record<string, unknown> {
    let value: unknown;
    try {
      value = JSON.parse(entry.string());
    } catch {
      throw noRow(this.#bucket, entry.key, 'its value is no JSON');
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw noRow(this.#bucket, entry.key, 'its value is no JSON object');
  }

  async #state(): Promise<{ readonly text: string; readonly messages: number }> {
    const info = await this.#api.streamInfo(streamOf(this.#bucket));
    if (info === undefined) return { text: ABSENT, messages: 0 };
    return { text: stateText(info), messages: info.state.messages };
  }
}

type KeyField = {
  readonly name: string;
  readonly isNumber: boolean;
  /** It is read from the bucket's key, and not from the value. */
  readonly isOfKey: boolean;
};

const ABSENT = 'absent';

function streamOf(bucket: string): string {
  return `KV_${bucket}`;
}

/** Equal: nothing was put, deleted or has gone, and it is the same bucket. */
function stateText({ created, state }: StreamInfo): string {
  return `${created} ${state.first_seq} ${state.last_seq} ${state.messages}`;
}
