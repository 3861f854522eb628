import { setTimeout as delay } from 'node:timers/promises';
import { type Disturbance, disturb, nameOf } from './disturbances.ts';
import type { Plant } from './plant.ts';
import { type LoadOptions, type LoadOutcome, underLoad } from './under-load.ts';

/** What was seen of the engine around one disturbance. */
export type Observation = {
  readonly name: string;
  /** Most resident memory since the engine was warm, until it was over, and until the engine had caught up. */
  readonly rssBytes: { readonly before: number; readonly during: number; readonly after: number };
  /** Most messages that the engine's progress lines said it was behind. */
  readonly behind: number;
  /** From when it was over until the engine had stored what was published by then. */
  readonly recoveredMs: number;
  /** Codes of what the engine told. */
  readonly told: readonly string[];
};

export type OutageOptions = LoadOptions & {
  /** One after the other; the next begins when the engine has caught up, and some time later. */
  readonly disturbances: readonly Disturbance[];
  readonly settleSeconds: number;
  readonly random: () => number;
  readonly onObservation?: (observation: Observation) => void;
};

/** One disturbance after the other, with a look at memory, lag and messages around each. */
export async function outageScenario(
  options: OutageOptions,
): Promise<LoadOutcome & { readonly observations: readonly Observation[] }> {
  const { disturbances, onObservation = () => {} } = options;
  const observations: Observation[] = [];
  let mostBytes = 0;
  const outcome = await underLoad(options, async plant => {
    for (const disturbance of disturbances) {
      const observation = await observed(plant, disturbance, { ...options, mostBytes });
      const { before, during, after } = observation.rssBytes;
      mostBytes = Math.max(before, during, after);
      observations.push(observation);
      onObservation(observation);
    }
  });
  return { ...outcome, observations };
}

async function observed(
  plant: Plant,
  disturbance: Disturbance,
  { settleSeconds, random, mostBytes }: OutageOptions & { readonly mostBytes: number },
): Promise<Observation> {
  const { engine, telemetry } = plant;
  const watch = new Watch(plant);
  try {
    await plant.stored(telemetry.published);
    await delay(settleSeconds * 1000);
    const before = watch.take();
    const saidBefore = engine.said.length;
    await disturb(plant, disturbance, random);
    const during = watch.take();
    const overMs = performance.now();
    await plant.stored(telemetry.published);
    const recoveredMs = performance.now() - overMs;
    const after = watch.take();
    return {
      name: nameOf(disturbance),
      rssBytes: { before: Math.max(before.rssBytes, mostBytes), during: during.rssBytes, after: after.rssBytes },
      behind: Math.max(during.behind, after.behind),
      recoveredMs,
      told: [...engine.said.slice(saidBefore).matchAll(/^\w+\[(MR\d+)\]/gm)].map(([, code]) => code!),
    };
  } finally {
    watch.close();
  }
}

/** Looks at the engine now and then. */
class Watch {
  readonly #plant: Plant;
  readonly #timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  #rssBytes = 0;
  #behind = 0;

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  /** The most since it was taken last. */
  take(): { readonly rssBytes: number; readonly behind: number } {
    this.#look();
    const most = { rssBytes: this.#rssBytes, behind: this.#behind };
    this.#rssBytes = 0;
    this.#behind = 0;
    return most;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { engine } = this.#plant;
    if (!engine.isRunning) return;
    this.#rssBytes = Math.max(this.#rssBytes, engine.rssBytes);
    this.#behind = Math.max(this.#behind, engine.behind ?? 0);
  }
}

const LOOK_EVERY_MS = 250;
