import type { Clock } from '../../engine/runtime/platform.ts';
import { START_US } from '../../engine/scenario/virtual-clock.ts';
import type { Actor, World } from './world.ts';

/** The clock of a process in the world: its time is the world's. */
export class FakeClock implements Clock {
  readonly #world: World;
  readonly #actor: Actor;

  constructor(world: World, actor: Actor) {
    this.#world = world;
    this.#actor = actor;
  }

  nowUs(): number {
    return START_US + Math.floor(this.#world.nowMs * 1000);
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
