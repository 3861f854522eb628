import { assert } from '../../engine/errors.ts';
import type { Actor } from './world.ts';

/** Files that keep others out: they belong to an actor, and are free when it is gone. */
export class Locks {
  readonly #owners = new Map<string, Actor>();

  take(path: string, actor: Actor): { release(): void } | { readonly ownerProcessId: number } {
    if (this.#owners.get(path)?.isAlive === true) return { ownerProcessId: 1 };
    this.#owners.set(path, actor);
    return {
      release: () => {
        assert(this.#owners.get(path) === actor, `${path} is released by its owner`);
        this.#owners.delete(path);
      },
    };
  }

  /** Whether an actor that lives has it. */
  isTaken(path: string): boolean {
    return this.#owners.get(path)?.isAlive === true;
  }
}
