import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect } from 'vitest';

/** Rules over a NATS that only one test file uses. */
export const RULES = `
stream pump from nats "plant.*.state" json { key pump: symbol = subject[2]  temp: float degC  time at as iso }
rule overheating on pump { high when temp > 85 degC  clear when temp < 80 degC }
route alerts to nats "alerts.{pump}.{severity}"
`;

/** Publishes a hot reading of a pump that had none, and waits for its alert. */
export async function requireAlert(nats: string, pump: string): Promise<void> {
  const connection = await connect({ servers: nats });
  try {
    const client = jetstream(connection);
    const manager = await client.jetstreamManager();
    await client.publish(`plant.${pump}.state`, JSON.stringify({ temp: 95, at: new Date().toISOString() }));
    const published = async () => {
      const { state } = await manager.streams.info(await manager.streams.find('alerts.any.high'), {
        subjects_filter: `alerts.${pump}.>`,
      });
      return state.subjects ?? {};
    };
    await expect.poll(published, { timeout: 30_000, interval: 100 }).toEqual({ [`alerts.${pump}.high`]: 1 });
  } finally {
    await connection.close();
  }
}
