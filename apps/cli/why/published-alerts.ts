import type { NatsSettings } from '../../../connectors/nats/nats-settings.ts';
import { SubjectTemplate } from '../../../connectors/nats/subject-template.ts';
import { alertOf } from './alert-lines.ts';
import type { KeptAlert } from './kept-alert.ts';
import { publishedMessages } from './published-messages.ts';

/** Alerts among the messages that a route publishes to this address; all of them are read. Errors: those of `publishedMessages`. */
export async function publishedAlerts(
  address: string,
  { settings, isWanted }: { readonly settings: NatsSettings; readonly isWanted: (id: string) => boolean },
): Promise<KeptAlert[]> {
  const subject = new SubjectTemplate(address).pattern;
  const found: KeptAlert[] = [];
  for await (const { payload } of publishedMessages(subject, settings)) {
    const alert = alertOf(payload.toString('utf8'));
    if (alert !== null && isWanted(alert.id)) found.push(alert);
  }
  return found;
}
