import type { Column } from '../batch.ts';
import type { ArrivalListener, Frame, Snapshot } from '../operator.ts';
import type { FramePipeline } from './frame-pipeline.ts';
import type { KeysHeard } from './keys-heard.ts';

/**
 * What hears of every message of a source as it arrives, by node. Messages that are no events wait here for their place among
 * those that are.
 */
export class ArrivalListeners {
  readonly #listeners = new Map<string, { readonly listener: ArrivalListener; readonly next: FramePipeline }>();
  #leastUs = Infinity; // no sooner than this after a message do they bring anything about
  readonly #aside: HeardAside[] = []; // in order of arrival; bound: those of a batch

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** What it brings about is handled by `next`. */
  add(nodeId: string, listener: ArrivalListener, next: FramePipeline): void {
    this.#listeners.set(nodeId, { listener, next });
    this.#leastUs = Math.min(this.#leastUs, listener.leastUs);
  }

  remove(listener: object): void {
    for (const [id, known] of this.#listeners) if (known.listener === listener) this.#listeners.delete(id);
  }

  /** No sooner do they bring anything about, whatever comes from `fromUs` on. */
  nextUs(fromUs: number): number {
    return Math.min(fromUs + this.#leastUs, this.nextAsideUs);
  }

  /** The arrival of the next message that is no event; Infinity: none waits. */
  get nextAsideUs(): number {
    return this.#aside[0]?.arrivalUs ?? Infinity;
  }

  /** In order of arrival; of keys here and elsewhere. */
  addAside({ columns, arrivalUs }: KeysHeard): void {
    for (let row = 0; row < arrivalUs.length; row++) this.#aside.push({ columns, row, arrivalUs: arrivalUs[row]! });
  }

  /** The next message that is no event is heard: behind what is due at its instant. */
  takeAside(): void {
    const { columns, row, arrivalUs } = this.#aside.shift()!;
    this.#tell(listener => listener.heardAside(columns, row, arrivalUs));
  }

  started(firstUs: number): void {
    for (const { listener } of this.#listeners.values()) listener.started(firstUs);
  }

  resume(): void {
    for (const { listener } of this.#listeners.values()) listener.resume();
  }

  /** Of events start … end−1. */
  heard(keyIds: Uint32Array, arrivalUs: Float64Array, start: number, end: number): void {
    this.#tell(listener => listener.heard(keyIds, arrivalUs, start, end));
  }

  forgotten(keyId: number, atUs: number): void {
    for (const { listener } of this.#listeners.values()) listener.forgotten(keyId, atUs);
  }

  /** When each came to be. */
  snapshot(): Snapshot {
    return Object.fromEntries([...this.#listeners].map(([id, { listener }]) => [id, listener.deployedUs]));
  }

  /** `keptFrom`: the stored node whose state one takes over; null: it starts empty, at `atUs`. */
  restore(deployed: Snapshot, keptFrom: (nodeId: string) => string | null, atUs: number): void {
    for (const [id, { listener }] of this.#listeners) {
      const from = keptFrom(id);
      if (from === null) listener.deployed(atUs, { isNew: true });
      else listener.deployed(deployed[from] as number, { isNew: false });
    }
  }

  #tell(hear: (listener: ArrivalListener) => Frame | undefined): void {
    for (const { listener, next } of this.#listeners.values()) {
      const frame = hear(listener);
      if (frame !== undefined) next.run(frame);
    }
  }
}

/** A message that is no event, by its key. */
type HeardAside = { readonly columns: readonly Column[]; readonly row: number; readonly arrivalUs: number };
