/** What takes time in a simulation. */
const KINDS = ['disk', 'worker', 'source', 'sink'] as const;
type Kind = (typeof KINDS)[number];

/** How slow everything is in one life: of most kinds nothing waits long, of some it may. */
export class Temper {
  readonly #random: () => number;
  readonly #maxDelayMs: Readonly<Record<Kind, number>>;

  constructor(random: () => number) {
    const drawn = KINDS.map(kind => [kind, SLOWNESS_MS[Math.floor(random() * SLOWNESS_MS.length)]!] as const);
    this.#random = random;
    this.#maxDelayMs = Object.fromEntries(drawn) as Record<Kind, number>; // as: all kinds were drawn
  }

  /** Before the next step of this kind. */
  delayMs(kind: Kind): number {
    return this.#random() < 0.3 ? this.#random() * this.#maxDelayMs[kind] : 0;
  }
}

const SLOWNESS_MS = [0, 0, 0.5, 5, 60];
