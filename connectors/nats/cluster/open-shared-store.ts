import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import type { SharedStore } from '../../../engine/shared-store.ts';
import { SharedConnection } from '../connection.ts';
import { JetStreamApi } from '../jetstream-api.ts';
import type { NatsSettings } from '../nats-settings.ts';
import { KvEntries } from './kv-entries.ts';
import { ObjectFiles } from './object-files.ts';
import { storeError } from './store-error.ts';

/**
 * A key–value bucket and an object store of one name. The first process makes what is missing, with so many replicas.
 *
 * Errors: MR5101–MR5104 the connection · MR5140 they cannot be made.
 */
export async function openSharedStore(
  settings: NatsSettings,
  { bucket, replicas }: { readonly bucket: string; readonly replicas: number },
): Promise<SharedStore> {
  const connection = await new SharedConnection(settings).acquire();
  try {
    const { domain } = settings;
    const options = domain === undefined ? {} : { domain };
    const api = new JetStreamApi(connection, settings);
    const client = jetstream(connection.client, options);
    const manager = await jetstreamManager(connection.client, { ...options, checkAPI: false });
    const hasEntries = (await api.streamInfo(`KV_${bucket}`)) !== undefined;
    const hasFiles = (await api.streamInfo(`OBJ_${bucket}`)) !== undefined;
    const kvm = new Kvm(client);
    const kv = hasEntries
      ? await kvm.open(bucket, { allow_direct: true })
      : await kvm.create(bucket, { history: 1, replicas, allow_direct: true });
    const objm = new Objm(client);
    const objects = hasFiles ? await objm.open(bucket) : await objm.create(bucket, { replicas });
    return {
      entries: new KvEntries({ kv, client, manager, bucket }),
      files: new ObjectFiles({ objects, manager, bucket }),
      close: async () => await connection.release(),
    };
  } catch (error) {
    await connection.release();
    throw storeError(`the bucket ${bucket} cannot be made`, error);
  }
}
