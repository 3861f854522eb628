import type { Clock } from '../../engine/runtime/platform.ts';
import { START_US } from '../../engine/scenario/virtual-clock.ts';
import type { Actor, World } from './world.ts';

/** A clock that somebody sets now and then, forward or back; what is measured by it goes on evenly. */
export class FakeClock implements Clock {
  stepCount = 0;
  readonly #world: World;
  readonly #actor: Actor;
  readonly #random: () => number;
  #offsetUs = 0;

  constructor(world: World, actor: Actor, random: () => number) {
    this.#world = world;
    this.#actor = actor;
    this.#random = random;
  }

  nowUs(): number {
    if (this.#random() < 0.02) {
      this.#offsetUs = Math.floor((this.#random() - 0.5) * MAX_OFFSET_US);
      this.stepCount++;
    }
    return START_US + Math.floor(this.#world.nowMs * 1000) + this.#offsetUs;
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

const MAX_OFFSET_US = 20_000_000;
