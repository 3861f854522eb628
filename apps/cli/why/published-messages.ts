import { SharedConnection } from '../../../connectors/nats/connection.ts';
import type { NatsSettings } from '../../../connectors/nats/nats-settings.ts';
import { type StoredMessage, StoredMessages } from '../../../connectors/nats/stored-messages.ts';

/** All that a stream of JetStream has of a subject, in order. Errors: those of StoredMessages. */
export async function* publishedMessages(subject: string, settings: NatsSettings): AsyncGenerator<StoredMessage> {
  const messages = await StoredMessages.open(settings, new SharedConnection(settings), { subject, position: null });
  try {
    for (let page = await messages.read(PAGE); page.length > 0; page = await messages.read(PAGE)) yield* page;
  } finally {
    await messages.close();
  }
}

const PAGE = 1_000;
