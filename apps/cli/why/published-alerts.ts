import { SharedConnection } from '../../../connectors/nats/connection.ts';
import type { NatsSettings } from '../../../connectors/nats/nats-settings.ts';
import { StoredMessages } from '../../../connectors/nats/stored-messages.ts';
import { SubjectTemplate } from '../../../connectors/nats/subject-template.ts';
import { alertOf } from './alert-lines.ts';
import type { KeptAlert } from './kept-alert.ts';

/** Alerts among the messages that a route publishes to this address; all of them are read. Errors: those of StoredMessages. */
export async function publishedAlerts(
  address: string,
  { settings, isWanted }: { readonly settings: NatsSettings; readonly isWanted: (id: string) => boolean },
): Promise<KeptAlert[]> {
  const subject = new SubjectTemplate(address).pattern;
  const messages = await StoredMessages.open(settings, new SharedConnection(settings), { subject, position: null });
  const found: KeptAlert[] = [];
  try {
    for (;;) {
      const page = await messages.read(PAGE);
      if (page.length === 0) return found;
      for (const { payload } of page) {
        const alert = alertOf(payload.toString('utf8'));
        if (alert !== null && isWanted(alert.id)) found.push(alert);
      }
    }
  } finally {
    await messages.close();
  }
}

const PAGE = 1_000;
