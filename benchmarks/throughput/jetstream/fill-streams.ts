import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { goldenStream } from '../../golden-stream.ts';
import { readingsOf } from '../reading-messages.ts';

export const EVENTS = 1_000_000;
export const GROUP_EVENTS = 100;

/** The same events twice: one a message, and a hundred a message as a gateway sends them. */
export const SUBJECTS = { single: 'single.readings', grouped: 'grouped.readings' } as const;

export async function fillStreams(url: string, count = EVENTS): Promise<void> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'SINGLE', subjects: ['single.>'] });
  await manager.streams.add({ name: 'GROUPED', subjects: ['grouped.>'] });
  const events = readingsOf(goldenStream(count)).map(reading => JSON.stringify(reading));
  await publishAll(connection, SUBJECTS.single, events);
  const groups: string[] = [];
  for (let from = 0; from < events.length; from += GROUP_EVENTS) {
    groups.push(`[${events.slice(from, from + GROUP_EVENTS).join(',')}]`);
  }
  await publishAll(connection, SUBJECTS.grouped, groups);
  for (const [name, count] of Object.entries({ SINGLE: events.length, GROUPED: groups.length })) {
    const { state } = await manager.streams.info(name);
    if (state.messages !== count) throw new Error(`${name} has ${state.messages} messages of ${count}`);
  }
  await connection.close();
}

/** An acknowledgement a window: the server takes 10,000 messages ahead, and drops what is beyond. */
async function publishAll(connection: NatsConnection, subject: string, payloads: readonly string[]): Promise<void> {
  const client = jetstream(connection);
  for (let from = 0; from < payloads.length; from += WINDOW) {
    const window = payloads.slice(from, from + WINDOW);
    for (const payload of window.slice(0, -1)) connection.publish(subject, payload);
    await client.publish(subject, window.at(-1)!);
  }
}

const WINDOW = 2_000;
