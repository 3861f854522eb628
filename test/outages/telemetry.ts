import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, type JetStreamClient, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

const DEVICES = 20;
const WINDOW = 512;
const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 50;
const COOL_AFTER_MS = [10_000, 20_000]; // behind all that is late, and all that a condition holds for

/**
 * Publishes readings of a plant, in order but for some that are late, and goes on when its server comes back. Each is
 * published until it is acknowledged; one whose acknowledgement was lost for longer than the server remembers ids is in
 * the stream twice, as in any plant.
 */
export class Telemetry {
  readonly manager: JetStreamManager;
  readonly #connection: NatsConnection;
  readonly #client: JetStreamClient;
  #published = 0;
  #isLost = false;
  #isEnding = false;

  private constructor(connection: NatsConnection, manager: JetStreamManager) {
    this.#connection = connection;
    this.#client = jetstream(connection, { timeout: 2_000 });
    this.manager = manager;
    void this.#watch();
  }

  /** Of a plant that has nothing yet: makes the streams of what it publishes and of what is published about it. */
  static async create(url: string): Promise<Telemetry> {
    const connection = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    const telemetry = new Telemetry(connection, await jetstreamManager(connection));
    await telemetry.manager.streams.add({ name: 'ALERTS', subjects: ['alerts.>'] });
    await telemetry.createStream();
    return telemetry;
  }

  async createStream(): Promise<void> {
    await this.manager.streams.add({ name: 'PLANT', subjects: ['plant.*.motor'] });
  }

  /** Acknowledged. */
  get published(): number {
    return this.#published;
  }

  /**
   * So many at once, and then, at a pace, until `end` is called. From the first reading on, each time. In the end all devices are cool:
   * else something came due after the last readings, for who goes on for long enough alone.
   */
  async publish({ atLeast, perSecond }: { readonly atLeast: number; readonly perSecond: number }): Promise<void> {
    let pacedMs = performance.now();
    let index = 0;
    for (; index < atLeast || !this.#isEnding; index += WINDOW) {
      await Promise.all(Array.from({ length: WINDOW }, (_, i) => this.#publishOne(index + i, readingOf(index + i))));
      const nowMs = performance.now();
      pacedMs = index < atLeast ? nowMs : pacedMs + (WINDOW / perSecond) * 1000;
      if (pacedMs > nowMs && !this.#isEnding) await delay(pacedMs - nowMs);
    }
    // The second of each device lets the first one go, and changes nothing.
    const endMs = START_MS + index * STEP_MS;
    for (const afterMs of COOL_AFTER_MS) {
      const cool = { temp: 20, rms: 0, ts: endMs + afterMs };
      const first = index;
      await Promise.all(Array.from({ length: DEVICES }, (_, i) => this.#publishOne(first + i, cool)));
      index += DEVICES;
    }
  }

  end(): void {
    this.#isEnding = true;
  }

  /** Messages that the stream has had. */
  async lastSequence(): Promise<number> {
    return (await this.manager.streams.info('PLANT')).state.last_seq;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #publishOne(index: number, reading: Reading): Promise<void> {
    const device = index % DEVICES;
    const payload = JSON.stringify(reading);
    for (;;) {
      try {
        await this.#client.publish(`plant.m${device}.motor`, payload, { msgID: String(index) });
        this.#published++;
        return;
      } catch {
        do await delay(200);
        while (this.#isLost);
      }
    }
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') this.#isLost = true;
      else if (type === 'reconnect') this.#isLost = false;
    }
  }
}

type Reading = { readonly temp: number; readonly rms: number; readonly ts: number };

function readingOf(index: number): Reading {
  const delayMs = index % 61 === 0 ? 9_000 : (index % 7) * 100;
  return {
    temp: Math.round((60 + 30 * Math.sin(index / 5_000 + (index % DEVICES))) * 100) / 100,
    rms: ((index * 7919) % 1000) / 100,
    ts: START_MS + index * STEP_MS - delayMs,
  };
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
