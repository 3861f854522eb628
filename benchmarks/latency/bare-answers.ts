/** What no engine can do better: `consume` with a callback, `JSON.parse`, one comparison, and an answer to each hot event. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { LIMIT, SUBJECTS, type TimedReading } from './messages.ts';

const [url, stream] = process.argv.slice(2) as [string, string]; // as: measure.ts gives them
const connection = await connect({ servers: url });
const manager = await jetstreamManager(connection);
const { name } = await manager.consumers.add(stream, { ack_policy: 'none', mem_storage: true });
const consumer = await jetstream(connection).consumers.get(stream, name);
await consumer.consume({
  max_messages: 4_096,
  callback: message => {
    const { value, sent } = message.json<TimedReading>();
    if (value > LIMIT) connection.publish(SUBJECTS.bare, JSON.stringify({ sent }));
  },
});
process.on('disconnect', () => process.exit());
process.send!('ready');
