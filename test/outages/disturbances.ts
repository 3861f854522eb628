import { setTimeout as delay } from 'node:timers/promises';
import type { Side } from '../connectors/tcp-proxy.ts';
import type { Plant, Server } from './plant.ts';

/** One thing that happens to a plant while it runs. */
export type Disturbance =
  /** SIGKILL, and started again; the engine with another number of workers. */
  | { readonly kind: 'kill'; readonly what: 'engine' | Server }
  /** SIGSTOP of the engine, and SIGCONT. */
  | { readonly kind: 'stop'; readonly seconds: number }
  /** A connection is cut when it has carried so much more, whatever that is in the middle of. */
  | { readonly kind: 'cut'; readonly what: Server; readonly towards: Side; readonly bytes: number }
  /** Connections stay, and all that is sent on them is lost; what is left of them after this time is cut. */
  | { readonly kind: 'swallow'; readonly what: Server; readonly seconds: number }
  /** SIGKILL, and started again only then, and not before the engine has told this code. */
  | { readonly kind: 'away'; readonly what: Server; readonly seconds: number; readonly until?: string };

/** What it does, until it is over; the engine may still have to catch up. */
export async function disturb(plant: Plant, disturbance: Disturbance, random: () => number): Promise<void> {
  // as: the entry of its own kind
  const act = ACTS[disturbance.kind] as (plant: Plant, one: Disturbance, random: () => number) => Promise<void>;
  await act(plant, disturbance, random);
}

export function nameOf(disturbance: Disturbance): string {
  switch (disturbance.kind) {
    case 'kill':
      return `kill of ${shown(disturbance.what)}`;
    case 'stop':
      return `the engine stopped for ${disturbance.seconds} s`;
    case 'cut':
      return `a connection to ${shown(disturbance.what)} cut towards the ${disturbance.towards === 'client' ? 'engine' : 'server'}`;
    case 'swallow':
      return `connections to ${shown(disturbance.what)} that swallow everything for ${disturbance.seconds} s`;
    case 'away':
      return `${shown(disturbance.what)} away for ${disturbance.seconds} s`;
  }
}

type Of<Kind extends Disturbance['kind']> = Extract<Disturbance, { readonly kind: Kind }>;

const ACTS: {
  readonly [Kind in Disturbance['kind']]: (plant: Plant, one: Of<Kind>, random: () => number) => Promise<void>;
} = {
  kill: async ({ engine, servers }, { what }, random) => {
    if (what !== 'engine') {
      await servers[what].kill();
      return await servers[what].restart();
    }
    await engine.kill();
    engine.start(['--workers', String(Math.floor(random() * 3))]);
  },
  stop: async ({ engine }, { seconds }) => {
    engine.freeze();
    await delay(seconds * 1000);
    engine.thaw();
  },
  cut: async ({ engine, networks }, { what, bytes, towards }) => {
    const cut = networks[what].cutAfter(bytes, towards).then(() => true);
    while ((await Promise.race([cut, delay(100)])) !== true) engine.startIfEnded();
  },
  swallow: async ({ networks }, { what, seconds }) => {
    networks[what].swallow();
    await delay(seconds * 1000);
    networks[what].cutSwallowed();
  },
  away: async ({ servers, engine }, { what, seconds, until = '' }) => {
    const saidBefore = engine.said.length;
    await servers[what].kill();
    await delay(seconds * 1000);
    while (!engine.said.includes(until, saidBefore)) await delay(100);
    await servers[what].restart();
  },
};

function shown(what: 'engine' | Server): string {
  return { engine: 'the engine', nats: 'NATS', questDb: 'QuestDB' }[what];
}
