import type { FakeDisk } from './fake-disk.ts';
import type { Tally } from './tally.ts';
import type { Actor } from './world.ts';

/** What goes wrong around a life, beside its end. A life without troubles has none of it. */
export type Troubles = {
  /** Shares of calls. */
  readonly diskErrors: number;
  readonly failingWrites: number; // of the fake sinks
  /** So many of the first syncs fail. */
  readonly failingSyncs: number;
  /** The disk is full for a while. */
  readonly isFull: boolean;
  readonly brokenReads: number;
};

export const NO_TROUBLES: Troubles = {
  diskErrors: 0,
  failingWrites: 0,
  failingSyncs: 0,
  isFull: false,
  brokenReads: 0,
};

export function drawTroubles(random: () => number): Troubles {
  const pick = (items: readonly number[]) => items[Math.floor(random() * items.length)]!;
  return {
    diskErrors: random() < 0.2 ? pick([0.001, 0.01]) : 0,
    failingWrites: pick([0, 0, 0.05, 0.5]),
    failingSyncs: random() < 0.15 ? pick([1, 2, 5]) : 0,
    isFull: random() < 0.15,
    brokenReads: random() < 0.25 ? 0.2 : 0,
  };
}

/** Makes them happen, and counts those that did. */
export class TroubleMaker {
  readonly #troubles: Troubles;
  readonly #random: () => number;
  readonly #disk: FakeDisk;
  readonly #tally: Tally;

  constructor(options: {
    readonly troubles: Troubles;
    readonly random: () => number;
    readonly disk: FakeDisk;
    readonly tally: Tally;
  }) {
    this.#troubles = options.troubles;
    this.#random = options.random;
    this.#disk = options.disk;
    this.#tally = options.tally;
  }

  /** `operator`: who makes room again. */
  begin(operator: Actor): void {
    this.#disk.failingSyncs = this.#troubles.failingSyncs;
    if (this.#troubles.isFull) void this.#fill(operator);
  }

  end(): void {
    this.#tally.failedSyncs += this.#troubles.failingSyncs - this.#disk.failingSyncs;
    this.#disk.failingSyncs = 0;
    this.#disk.quotaBytes = Infinity;
  }

  diskError(): string | null {
    return this.#happens('diskErrors') ? 'EIO' : null;
  }

  isWriteFailing(): boolean {
    return this.#happens('failingWrites');
  }

  isReadBroken(): boolean {
    return this.#happens('brokenReads');
  }

  #happens(kind: 'diskErrors' | 'failingWrites' | 'brokenReads'): boolean {
    const isHappening = this.#random() < this.#troubles[kind];
    if (isHappening) this.#tally[kind]++;
    return isHappening;
  }

  async #fill(operator: Actor): Promise<void> {
    await operator.sleep(this.#random() * 300);
    this.#disk.quotaBytes = this.#disk.usedBytes + Math.floor(this.#random() * 3_000);
    this.#tally.fullDisks++;
    await operator.sleep(this.#random() * 2_000);
    this.#disk.quotaBytes = Infinity;
  }
}
