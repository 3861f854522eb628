import { setTimeout as delay } from 'node:timers/promises';
import { type Disturbance, disturb } from './disturbances.ts';
import { type LoadOptions, type LoadOutcome, underLoad } from './under-load.ts';

/** How often each happens. */
export type Counts = {
  readonly kills: { readonly engine: number; readonly nats: number; readonly questDb: number };
  readonly cuts: { readonly nats: number; readonly questDb: number };
};

/** Kills and cut connections at drawn moments, in a drawn order, whatever the engine is doing then. */
export async function pipelineScenario(
  options: LoadOptions & Counts & { readonly random: () => number },
): Promise<LoadOutcome> {
  const { kills, cuts, random } = options;
  const disturbances = shuffled(
    [
      ...(['engine', 'nats', 'questDb'] as const).flatMap(what =>
        Array.from({ length: kills[what] }, (): Disturbance => ({ kind: 'kill', what })),
      ),
      ...(['nats', 'questDb'] as const).flatMap(what =>
        Array.from({ length: cuts[what] }, (): Disturbance => {
          const towards = random() < 0.5 ? 'client' : 'server';
          return { kind: 'cut', what, towards, bytes: Math.floor(random() * MOST_BYTES[what][towards]) };
        }),
      ),
    ],
    random,
  );
  return await underLoad(options, async plant => {
    for (const disturbance of disturbances) {
      await delay(200 + random() * 800);
      plant.engine.startIfEnded();
      await disturb(plant, disturbance, random);
    }
  });
}

/** Messages and rows are many bytes, what asks for them and what answers are few. */
const MOST_BYTES = {
  nats: { client: 300_000, server: 1_000 },
  questDb: { client: 1_000, server: 300_000 },
};

function shuffled<Item>(items: Item[], random: () => number): Item[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
