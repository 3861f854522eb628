import type { JetStreamManager } from '@nats-io/jetstream';
import type { ObjectStore } from '@nats-io/obj';
import { MillraceError } from '../../../engine/errors.ts';
import type { SharedFiles } from '../../../engine/shared-store.ts';
import { storeError } from './store-error.ts';

/** Files in an object store: each is written once, under a name of its own. Errors: MR6003, and those of `storeError`. */
export class ObjectFiles implements SharedFiles {
  readonly #objects: ObjectStore;
  readonly #manager: JetStreamManager;
  readonly #bucket: string;

  constructor(options: { readonly objects: ObjectStore; readonly manager: JetStreamManager; readonly bucket: string }) {
    this.#objects = options.objects;
    this.#manager = options.manager;
    this.#bucket = options.bucket;
  }

  async write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      const options = { max_chunk_size: CHUNK_BYTES };
      await this.#objects.put({ name, options }, ReadableStream.from(bytes), { timeout: TIMEOUT_MS });
    } catch (error) {
      throw storeError(`the file ${name} cannot be written`, error);
    }
  }

  async read(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    try {
      const found = await this.#objects.get(name);
      return found === null ? null : pieces(name, found.data);
    } catch (error) {
      throw storeError(`the file ${name} cannot be read`, error);
    }
  }

  /** Also the note that the library would leave: there is one for each name, for ever. */
  async remove(name: string): Promise<void> {
    try {
      const info = await this.#objects.info(name);
      if (info === null) return;
      const stream = `OBJ_${this.#bucket}`;
      await this.#manager.streams.purge(stream, { filter: `$O.${this.#bucket}.M.${encodedName(name)}` });
      await this.#manager.streams.purge(stream, { filter: `$O.${this.#bucket}.C.${info.nuid}` });
    } catch (error) {
      throw storeError(`the file ${name} cannot be removed`, error);
    }
  }

  async list(prefix: string): Promise<readonly string[]> {
    try {
      const all = await this.#objects.list();
      return all.flatMap(({ name }) => (name.startsWith(prefix) ? [name] : []));
    } catch (error) {
      throw storeError('the files cannot be listed', error);
    }
  }
}

/** As the library does it: base64url with padding. */
function encodedName(name: string): string {
  return Buffer.from(name).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** The library compares the checksum when it has handed over all, and waits for ever where the server is gone. */
async function* pieces(name: string, stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read());
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (error instanceof Error && error.message.includes('digests do not match')) {
      throw new MillraceError('MR6003', `the file ${name} is damaged: its checksum is another`, {
        domain: 'external',
        cause: error,
      });
    }
    throw storeError(`the file ${name} cannot be read`, error);
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function inTime<Value>(read: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('JetStream does not answer')), TIMEOUT_MS);
  try {
    return await Promise.race([read, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

const CHUNK_BYTES = 512 * 1024;
const TIMEOUT_MS = 5_000;
