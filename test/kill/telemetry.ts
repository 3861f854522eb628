import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, type JetStreamClient, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const DEVICES = 20;
const WINDOW = 512;
const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 50;

export type Telemetry = { readonly client: JetStreamClient; close(): Promise<void> };

/** A publisher that goes on when its server comes back. */
export async function createTelemetry(url: string): Promise<Telemetry> {
  const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'ALERTS', subjects: ['alerts.>'] });
  await manager.streams.add({ name: 'PLANT', subjects: ['plant.>'], duplicate_window: 600_000_000_000 });
  return { client: jetstream(connection, { timeout: 2_000 }), close: () => connection.close() };
}

export type Alert = { readonly key: { readonly device: string } };

export async function publishedAlerts(url: string): Promise<Alert[]> {
  const connection = await connect({ servers: url });
  const { streams } = await jetstreamManager(connection);
  const { state } = await streams.info('ALERTS');
  const alerts: Alert[] = [];
  for (let sequence = state.first_seq; sequence <= state.last_seq; sequence++) {
    const message = await streams.getMessage('ALERTS', { seq: sequence });
    alerts.push(message!.json<{ data: Alert }>().data);
  }
  await connection.close();
  return alerts;
}

/** Readings of a plant, in order but for some that are late. Each is in the stream once: it is published until acknowledged. */
export async function publishTelemetry({ client }: Telemetry, events: number): Promise<void> {
  for (let from = 0; from < events; from += WINDOW) {
    const indexes = Array.from({ length: Math.min(WINDOW, events - from) }, (_, i) => from + i);
    await Promise.all(indexes.map(index => publishOne(client, index)));
  }
}

async function publishOne(client: JetStreamClient, index: number): Promise<void> {
  const device = index % DEVICES;
  const delayMs = index % 61 === 0 ? 9_000 : (index % 7) * 100;
  const temp = Math.round((60 + 30 * Math.sin(index / 5_000 + device)) * 100) / 100;
  const payload = JSON.stringify({
    temp,
    rms: ((index * 7919) % 1000) / 100,
    ts: START_MS + index * STEP_MS - delayMs,
  });
  for (;;) {
    try {
      await client.publish(`plant.m${device}.motor`, payload, { msgID: String(index) });
      return;
    } catch {
      await delay(200); // the server is away
    }
  }
}
