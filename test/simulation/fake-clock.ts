import type { Clock } from '../../engine/runtime/platform.ts';
import { START_US } from '../../engine/scenario/virtual-clock.ts';
import type { Arrivals } from './arrivals.ts';
import type { Actor, World } from './world.ts';

/** The clock of a process in the world: its time is the world's, or that of what has arrived. */
export class FakeClock implements Clock {
  readonly #world: World;
  readonly #actor: Actor;
  readonly #arrivals: Arrivals;

  constructor({ world, actor, arrivals }: { world: World; actor: Actor; arrivals: Arrivals }) {
    this.#world = world;
    this.#actor = actor;
    this.#arrivals = arrivals;
  }

  nowUs(): number {
    return Math.max(START_US + Math.floor(this.#world.nowMs * 1000), this.#arrivals.newestUs);
  }

  monotonicMs(): number {
    return this.#world.nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#actor.sleep(ms, signal);
  }

  giveWay(): Promise<void> {
    return this.#actor.step('gives way');
  }
}
