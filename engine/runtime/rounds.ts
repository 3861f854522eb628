import type { Delivery, RoundInput } from './delivery.ts';
import { Failure } from './failure.ts';
import type { RoundTrace } from './trace/tracer.ts';
import type { Round } from './workers/round-exchange.ts';
import type { RoundDone } from './workers/round-output.ts';
import type { Workers } from './workers/workers.ts';

/** So many rounds are handed out at most whose results are not acknowledged yet: that bounds all that waits. */
const MAX_IN_FLIGHT = 4;

/**
 * The way of rounds through the workers to the sinks: several are under way at once, and what they give is handed over in
 * the order in which they were sent, without waiting for what sinks say of the one before. A failure on the way, or of a
 * worker, is told by `failed`, and ends it.
 */
export class Rounds {
  readonly #workers: Workers;
  readonly #delivery: Delivery;
  readonly #onHandedOver: () => Promise<void>;
  readonly #onDelivered: (trace: RoundTrace | null) => void;
  readonly #failed = new Failure();
  readonly #inFlight: Promise<void>[] = [];
  #handedOver: Promise<unknown> = Promise.resolve(); // to the program and the sinks
  #delivered: Promise<void> = Promise.resolve(); // and acknowledged
  #underWay = 0;

  constructor(options: {
    readonly workers: Workers;
    readonly delivery: Delivery;
    /** What the next round's results wait for: who shows them, or loops over them. */
    readonly onHandedOver: () => Promise<void>;
    readonly onDelivered: (trace: RoundTrace | null) => void;
  }) {
    this.#workers = options.workers;
    this.#delivery = options.delivery;
    this.#onHandedOver = options.onHandedOver;
    this.#onDelivered = options.onDelivered;
    this.#workers.failed.catch(error => this.#failed.fail(error));
  }

  /** Hands a round out; resolves when all workers have handled it. */
  send(round: Round, input: RoundInput): Promise<RoundDone> {
    const working = input.trace?.begin('workers');
    const done = this.#workers.send(round);
    if (working !== undefined) done.then(() => working.end()).catch(() => {}); // `failed` tells
    this.#underWay++;
    const handedOver = this.#handedOver.then(async () => {
      const acknowledged = this.#delivery.deliver(await done, input);
      acknowledged.catch(error => this.#failed.fail(error));
      await this.#onHandedOver();
      return { acknowledged }; // an object: who waits for its turn does not wait for the sinks
    });
    handedOver.catch(() => {}); // what follows tells
    this.#handedOver = handedOver;
    this.#follow(async () => {
      await (await handedOver).acknowledged;
      this.#underWay--;
      this.#onDelivered(input.trace);
    });
    this.#inFlight.push(this.#delivered);
    return done;
  }

  /** Handed out, and not delivered yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Resolves when another round may be sent. */
  async room(): Promise<void> {
    while (this.#inFlight.length >= MAX_IN_FLIGHT) await this.orFailed(this.#inFlight.shift()!);
  }

  /** Does something when everything sent so far is delivered, and before what is sent later. */
  then(step: () => Promise<void>): void {
    this.#follow(step);
    this.#handedOver = this.#delivered;
  }

  /** Resolves when everything sent so far is delivered. */
  async settled(): Promise<void> {
    await this.orFailed(this.#delivered);
  }

  /** Something beside the rounds has failed, and ends them. */
  fail(error: unknown): void {
    this.#failed.fail(error);
  }

  #follow(step: () => Promise<void>): void {
    this.#delivered = this.#delivered.then(step);
    this.#delivered.catch(error => this.#failed.fail(error));
  }

  /** What the promise gives, unless something fails before. */
  async orFailed<Value>(promise: Promise<Value>): Promise<Value> {
    return await this.#failed.orFailed(promise);
  }
}
