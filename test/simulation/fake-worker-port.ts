import { WorkerHost, type WorkerHostOptions } from '../../engine/runtime/workers/worker-host.ts';
import type { WorkerPort } from '../../engine/runtime/workers/worker-port.ts';
import type { FromWorker, ToWorker } from '../../engine/runtime/workers/worker-protocol.ts';
import type { Temper } from './temper.ts';
import type { Actor } from './world.ts';

export type FakeWorkerOptions = Pick<WorkerHostOptions, 'disk' | 'monotonicMs'> & {
  readonly actor: Actor;
  readonly temper: Temper;
};

/** A worker without a thread: messages are cloned as between threads, and come when their turn is; it may die. */
export class FakeWorkerPort implements WorkerPort {
  readonly #actor: Actor;
  readonly #toWorker: MessageQueue<ToWorker>;
  readonly #fromWorker: MessageQueue<FromWorker>;
  #onMessage: (message: FromWorker) => void = () => {};
  #onDeath: (reason: string) => void = () => {};

  constructor({ actor, temper, disk, monotonicMs }: FakeWorkerOptions) {
    const host = new WorkerHost({
      disk,
      monotonicMs,
      giveWay: () => actor.step('gives way'),
      post: (message, transfer) => this.#fromWorker.push(message, transfer),
    });
    this.#actor = actor;
    this.#toWorker = new MessageQueue(actor, temper, 'takes', message => void host.take(message));
    this.#fromWorker = new MessageQueue(actor, temper, 'says', message => this.#onMessage(message));
  }

  post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#toWorker.push(message, transfer);
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#onMessage = listener;
  }

  onDeath(listener: (reason: string) => void): void {
    this.#onDeath = listener;
  }

  async terminate(): Promise<void> {
    this.#actor.kill();
  }

  /** As when a thread ends by itself: what it was doing never happens, what it said may not have come. False: it was gone. */
  die(): boolean {
    if (!this.#actor.isAlive) return false;
    this.#actor.kill();
    this.#onDeath('it was made to die');
    return true;
  }
}

/** Messages in the order in which they were posted, each as a step. */
class MessageQueue<Message extends { readonly kind: string }> {
  readonly #actor: Actor;
  readonly #temper: Temper;
  readonly #verb: string;
  readonly #take: (message: Message) => void;
  readonly #messages: Message[] = [];
  #isUnderWay = false;

  constructor(actor: Actor, temper: Temper, verb: string, take: (message: Message) => void) {
    this.#actor = actor;
    this.#temper = temper;
    this.#verb = verb;
    this.#take = take;
  }

  push(message: Message, transfer: readonly ArrayBuffer[]): void {
    this.#messages.push(structuredClone(message, { transfer: [...transfer] }));
    if (!this.#isUnderWay) void this.#deliver();
  }

  async #deliver(): Promise<void> {
    this.#isUnderWay = true;
    while (this.#messages.length > 0) {
      await this.#actor.step(`${this.#verb} ${this.#messages[0]!.kind}`, this.#temper.delayMs('worker'));
      this.#take(this.#messages.shift()!);
    }
    this.#isUnderWay = false;
  }
}
