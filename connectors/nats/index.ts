import type { Connector } from '../../engine/connector.ts';
import type { NatsSettings } from './nats-settings.ts';
import type { NatsOpeners } from './openers.ts';

/**
 * JetStream streams of a NATS cluster: docs/connectors/nats.md, and what is published: docs/connectors/nats-alerts.md. The
 * client is loaded when the first source or sink is opened.
 */
export function createNatsConnector(settings: NatsSettings): Connector {
  let loaded: Promise<NatsOpeners> | undefined;
  const openers = () => (loaded ??= import('./openers.ts').then(module => new module.NatsOpeners(settings)));
  return {
    name: 'nats',
    openSource: async options => await (await openers()).openSource(options),
    openSink: async options => await (await openers()).openSink(options),
  };
}
