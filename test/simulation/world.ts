/**
 * Virtual time, and all that waits in it. Whatever takes time in a simulation is a step of an actor; one step is taken at
 * a time, drawn from those that are ready, and what follows from it without waiting (promises) runs before the next.
 * So a run depends on the random numbers alone, and every run has an order of its own.
 */
export class World {
  readonly #random: () => number;
  readonly #onStep: (step: string) => void;
  readonly #waiting: Step[] = [];
  #nowMs = 0;
  #stepCount = 0;

  constructor(random: () => number, onStep: (step: string) => void) {
    this.#random = random;
    this.#onStep = onStep;
  }

  /** Since the world began; never falls. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get stepCount(): number {
    return this.#stepCount;
  }

  /** Somebody whose steps end when they are killed. */
  actor(name: string): Actor {
    return new Actor(this, name);
  }

  /** Takes steps until it is over. Fails where nothing is left that could happen, or no end is in sight. */
  async run(isOver: () => boolean): Promise<void> {
    const lastStep = this.#stepCount + MAX_STEPS;
    for (;;) {
      await microtasksDone();
      if (isOver()) return;
      if (this.#stepCount === lastStep) throw new Error(`no end after ${MAX_STEPS} steps`);
      this.#takeStep();
    }
  }

  wait(step: Step): void {
    this.#waiting.push(step);
  }

  /** Removes what is not to happen any more. */
  forget(isMeant: (step: Step) => boolean): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) if (isMeant(this.#waiting[i]!)) this.#waiting.splice(i, 1);
  }

  #takeStep(): void {
    if (this.#waiting.length === 0) throw new Error('all wait, and nothing is left that could happen');
    this.#nowMs = Math.max(this.#nowMs, Math.min(...this.#waiting.map(step => step.atMs)));
    const ready = this.#waiting.filter(step => step.atMs <= this.#nowMs);
    const step = ready[Math.floor(this.#random() * ready.length)]!;
    this.#waiting.splice(this.#waiting.indexOf(step), 1);
    this.#stepCount++;
    this.#onStep(`${this.#nowMs.toFixed(3)} ${step.actor.name}: ${step.what}`);
    this.#nowMs += this.#random() * MAX_STEP_MS;
    step.take();
  }
}

/** Something that happens when it is taken, at this time at the earliest. */
export type Step = {
  readonly actor: Actor;
  readonly what: string;
  readonly atMs: number;
  readonly take: () => void;
};

/** A process, a thread, a server: what it waits for happens one step at a time, and never once it has been killed. */
export class Actor {
  readonly name: string;
  readonly #world: World;
  readonly #children: Actor[] = [];
  #isAlive = true;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  /** One that dies with this one. */
  spawn(name: string): Actor {
    const child = this.#world.actor(`${this.name}, ${name}`);
    this.#children.push(child);
    return child;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  kill(): void {
    this.#isAlive = false;
    this.#world.forget(step => step.actor === this);
    for (const child of this.#children) child.kill();
  }

  /** Resolves when its turn comes. */
  step(what: string, delayMs = 0): Promise<void> {
    return this.#wait(what, delayMs, undefined);
  }

  /** Resolves after this time (Infinity: never), or as soon as the signal aborts. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted !== true) await this.#wait('wakes up', ms, signal);
  }

  #wait(what: string, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!this.#isAlive) return promise;
    const step = { actor: this, what, atMs: this.#world.nowMs + delayMs, take: resolve };
    if (delayMs < Infinity) this.#world.wait(step);
    const onAbort = () => {
      if (!this.#isAlive) return;
      this.#world.forget(waiting => waiting === step);
      resolve();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    return promise;
  }
}

const MAX_STEPS = 1_000_000;
const MAX_STEP_MS = 0.2;

/** A tick comes when no promise has anything left to do. */
async function microtasksDone(): Promise<void> {
  await new Promise<void>(resolve => process.nextTick(resolve));
}
