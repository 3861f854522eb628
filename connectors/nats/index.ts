import type { Connector } from '../../engine/connector.ts';
import type { NatsSettings } from './nats-settings.ts';
import type { NatsOpeners } from './openers.ts';

/**
 * JetStream streams of a NATS cluster: docs/connectors/nats.md, what is published: docs/connectors/nats-alerts.md, and tables in
 * key–value buckets (`kv`): docs/connectors/nats-kv.md. The client is loaded when the first of them is opened.
 */
export function createNatsConnectors(settings: NatsSettings): { readonly nats: Connector; readonly kv: Connector } {
  let loaded: Promise<NatsOpeners> | undefined;
  const openers = () => (loaded ??= import('./openers.ts').then(module => new module.NatsOpeners(settings)));
  return {
    nats: {
      name: 'nats',
      openSource: async options => await (await openers()).openSource(options),
      openSink: async options => await (await openers()).openSink(options),
    },
    kv: { name: 'kv', openTable: async options => await (await openers()).openTable(options) },
  };
}

export function createNatsConnector(settings: NatsSettings): Connector {
  return createNatsConnectors(settings).nats;
}
