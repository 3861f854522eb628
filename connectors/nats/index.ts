import type { Connector } from '../../engine/connector.ts';
import { SharedConnection } from './connection.ts';
import type { NatsSettings } from './nats-settings.ts';
import { openNatsSink } from './sink.ts';
import { openNatsSource } from './source.ts';

/** JetStream streams of a NATS cluster: docs/connectors/nats.md, and what is published: docs/connectors/nats-alerts.md. */
export function createNatsConnector(settings: NatsSettings): Connector {
  const connection = new SharedConnection(settings);
  return {
    name: 'nats',
    openSource: options => openNatsSource(settings, connection, options),
    openSink: options => openNatsSink(settings, connection, options),
  };
}
