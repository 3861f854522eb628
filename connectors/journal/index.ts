import type { Connector } from '../../engine/connector.ts';
import type { JournalOptions } from './journal-options.ts';
import { openJournalSource } from './journal-source.ts';

/** Journals of this machine: docs/connectors/journal.md. */
export function createJournalConnector(options: JournalOptions): Connector {
  return { name: 'journal', openSource: source => openJournalSource(options, source) };
}
