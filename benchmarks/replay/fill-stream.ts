import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

export const SUBJECT = 'replay.bed';

/** One event a message, in file storage. */
export async function fillStream(url: string, events: readonly string[]): Promise<void> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'REPLAY', subjects: [SUBJECT] });
  const client = jetstream(connection);
  for (let from = 0; from < events.length; from += WINDOW) {
    const window = events.slice(from, from + WINDOW);
    for (const event of window.slice(0, -1)) connection.publish(SUBJECT, event);
    await client.publish(SUBJECT, window.at(-1)!);
  }
  const { state } = await manager.streams.info('REPLAY');
  if (state.messages !== events.length) throw new Error(`${state.messages} messages of ${events.length}`);
  await connection.close();
}

/** An acknowledgement each: the server takes 10,000 messages ahead, and drops what is beyond. */
const WINDOW = 2_000;
