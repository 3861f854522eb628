import { createRandom } from '../../../engine/scenario/random.ts';
import type { Operator } from '../../connectors/nats/streams.ts';
import type { Change, Reading } from './model.ts';

export const DEVICES = ['d0', 'd1', 'd2', 'd3', 'd4'];
const EVERY_MS = 25;
const READINGS_EACH = 5;
/** Of event time, which goes on by itself: what is read does not depend on when. */
const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 40;

/** Devices whose temperatures wander, in JetStream; and what is published of their alerts. */
export class Plant {
  readonly readings: Reading[] = [];
  /** In the order in which JetStream stored them. */
  readonly alerts: Change[] = [];
  readonly #operator: Operator;
  readonly #random: () => number;
  readonly #temps = new Map(DEVICES.map(device => [device, 40]));
  #timer: NodeJS.Timeout | undefined;

  private constructor(operator: Operator, seed: string) {
    this.#operator = operator;
    this.#random = createRandom(`plant ${seed}`);
  }

  static async open(operator: Operator, seed: string): Promise<Plant> {
    await operator.manager.streams.add({ name: 'DEPLOYS', subjects: ['deploys.>'] });
    await operator.manager.streams.add({ name: 'DEPLOYED', subjects: ['deployed.>'] });
    const plant = new Plant(operator, seed);
    operator.client.subscribe('deployed.>', {
      callback: (_, message) => void plant.alerts.push(changeIn(message.string())),
    });
    await operator.client.flush();
    return plant;
  }

  start(): void {
    this.#timer = setInterval(() => this.#publish(), EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#operator.client.flush();
  }

  /** How many messages each stream has. */
  async stored(): Promise<{ readonly readings: number; readonly alerts: number }> {
    const count = async (stream: string) => (await this.#operator.manager.streams.info(stream)).state.messages;
    return { readings: await count('DEPLOYS'), alerts: await count('DEPLOYED') };
  }

  #publish(): void {
    for (let i = 0; i < READINGS_EACH; i++) {
      const n = this.readings.length;
      const device = DEVICES[n % DEVICES.length]!;
      const temp = Math.min(Math.max(this.#temps.get(device)! + Math.round(this.#random() * 16) - 8, 20), 100);
      this.#temps.set(device, temp);
      this.readings.push({ n, device, temp });
      this.#operator.client.publish(`deploys.${device}.motor`, JSON.stringify({ ts: START_MS + n * STEP_MS, temp }));
    }
  }
}

/** As JSON lines and messages have it. */
export function changeOf(alert: AlertLine): Change {
  const { rule, key, change, level, time } = alert;
  return { rule, device: key.device, change, level, n: (Date.parse(time) - START_MS) / STEP_MS };
}

export type AlertLine = {
  readonly rule: string;
  readonly key: { readonly device: string };
  readonly change: string;
  readonly level: string;
  readonly time: string;
};

function changeIn(cloudEvent: string): Change {
  return changeOf((JSON.parse(cloudEvent) as { readonly data: AlertLine }).data);
}
