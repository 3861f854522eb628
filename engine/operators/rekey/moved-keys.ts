import type { ActivityClock } from './activity-clock.ts';

/** Keys of the source of which more may be due, or pending, than was known, until they are asked for. */
export class MovedKeys {
  readonly #clock: ActivityClock;
  #sourceKeys: number[] = []; // bound: what one instant moves, since they are asked for behind it

  constructor(clock: ActivityClock) {
    this.#clock = clock;
  }

  /** `keyId`: of the rekey's input. */
  note(keyId: number): void {
    for (const sourceKey of this.#clock.sourceKeysOf(keyId)) this.#sourceKeys.push(sourceKey);
  }

  take(): readonly number[] {
    if (this.#sourceKeys.length === 0) return NO_KEYS;
    const keys = this.#sourceKeys;
    this.#sourceKeys = [];
    return keys;
  }
}

const NO_KEYS: readonly number[] = [];
