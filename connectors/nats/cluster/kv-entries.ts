import { type JetStreamClient, JetStreamApiError, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { SharedEntries, SharedEntry } from '../../../engine/shared-store.ts';
import { storeError } from './store-error.ts';

/**
 * Entries in a key–value bucket. All of them are read with one request, which any replica answers; writes and `read` go to the
 * leader. Errors: those of `storeError`.
 */
export class KvEntries implements SharedEntries {
  readonly #kv: KV;
  readonly #manager: JetStreamManager;
  readonly #bucket: string;

  constructor(options: {
    readonly kv: KV;
    readonly client: JetStreamClient;
    readonly manager: JetStreamManager;
    readonly bucket: string;
  }) {
    this.#kv = options.kv;
    this.#manager = options.manager;
    this.#bucket = options.bucket;
  }

  async readAll(): Promise<ReadonlyMap<string, SharedEntry>> {
    const prefix = `$KV.${this.#bucket}.`;
    const entries = new Map<string, SharedEntry>();
    const read = Promise.withResolvers<void>();
    try {
      // With a callback: an iterator of this call leaves its subscription behind (@nats-io/jetstream 3.4.0).
      await this.#manager.direct.getLastMessagesFor(`KV_${this.#bucket}`, {
        multi_last: [`${prefix}>`],
        callback: (done, message) => {
          if (done !== null) return done.err === undefined ? read.resolve() : read.reject(done.err);
          if (message.header.has(OPERATION)) return; // it was removed
          entries.set(message.subject.slice(prefix.length), entryOf(message));
        },
      });
      await inTime(read.promise);
    } catch (error) {
      if (isEmptyBucket(error)) return entries;
      throw storeError('the entries cannot be read', error);
    }
    return entries;
  }

  async read(key: string): Promise<SharedEntry | null> {
    try {
      const message = await this.#manager.streams.getMessage(`KV_${this.#bucket}`, {
        last_by_subj: `$KV.${this.#bucket}.${key}`,
      });
      if (message === null || message.header.has(OPERATION)) return null;
      return entryOf(message);
    } catch (error) {
      throw storeError(`the entry ${key} cannot be read`, error);
    }
  }

  async write(key: string, value: string, revision: number): Promise<number | null> {
    try {
      return await this.#kv.put(key, value, { previousSeq: revision, timeout: TIMEOUT_MS });
    } catch (error) {
      if (error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.includes(error.code)) return null;
      throw storeError(`the entry ${key} cannot be written`, error);
    }
  }

  async remove(key: string, revision: number): Promise<void> {
    try {
      await this.#kv.purge(key, { previousSeq: revision });
    } catch (error) {
      if (error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.includes(error.code)) return;
      throw storeError(`the entry ${key} cannot be removed`, error);
    }
  }
}

function entryOf(message: StoredMsg): SharedEntry {
  return { revision: message.seq, value: message.string(), timeUs: message.time.getTime() * 1_000 };
}

async function inTime(read: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('JetStream does not answer')), TIMEOUT_MS);
  try {
    await Promise.race([read, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function isEmptyBucket(error: unknown): boolean {
  return error instanceof Error && /no results|message not found|404/i.test(error.message);
}

/** Less than a lease is renewed in, so that a second try is in time. */
const TIMEOUT_MS = 1_500;
const OPERATION = 'KV-Operation';
const WRONG_LAST_SEQUENCE = [10071, 10164];
