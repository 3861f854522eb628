import { setTimeout as delay } from 'node:timers/promises';
import type { Outcome } from './outcome.ts';
import { Plant, type PlantOptions } from './plant.ts';

export type LoadOptions = PlantOptions & {
  /** Published before the engine starts, and read as a backlog. */
  readonly backlog: number;
  readonly eventsPerSecond: number;
};

export type LoadOutcome = Outcome & { readonly said: string };

/**
 * Telemetry is published to a real nats-server while `millrace run` writes it to a real QuestDB, and something is done to
 * one of the three, or between them. Then the engine reads to the end, and series and alerts are compared: `differencesOf`.
 */
export async function underLoad(options: LoadOptions, act: (plant: Plant) => Promise<void>): Promise<LoadOutcome> {
  const { backlog, eventsPerSecond } = options;
  const plant = await Plant.start(options);
  const { engine, telemetry } = plant;
  try {
    const published = telemetry.publish({ atLeast: backlog, perSecond: eventsPerSecond });
    const acted = (async () => {
      while (telemetry.published < backlog) await delay(50);
      engine.start();
      await plant.stored(1);
      await act(plant);
      telemetry.end();
    })();
    await Promise.all([published, acted]);
    return { ...(await plant.end()), said: engine.said };
  } finally {
    telemetry.end();
    await plant.close();
  }
}
