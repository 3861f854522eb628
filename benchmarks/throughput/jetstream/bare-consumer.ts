import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { EVENTS } from './fill-streams.ts';
import { RateMeter } from './rate-meter.ts';

/** Events a second of a program that only parses: the client's own `consume` with a callback, its quickest way. */
export async function bareConsumer(url: string, stream: string): Promise<number> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  const { name } = await manager.consumers.add(stream, { ack_policy: 'none', mem_storage: true });
  const consumer = await jetstream(connection).consumers.get(stream, name);
  let events = 0;
  let sum = 0;
  const done = Promise.withResolvers<void>();
  const meter = new RateMeter(EVENTS);
  const messages = await consumer.consume({
    max_messages: 4_096,
    callback: message => {
      const value = message.json<Reading | readonly Reading[]>();
      for (const { status } of Array.isArray(value) ? (value as readonly Reading[]) : [value as Reading]) {
        sum += status;
        events++;
      }
      meter.handled(events);
      if (events === EVENTS) done.resolve();
    },
  });
  await done.promise;
  const rate = meter.eventsPerSecond();
  if (sum === 0) throw new Error('nothing was parsed');
  await messages.close();
  await connection.close();
  return rate;
}

type Reading = { readonly status: number };
