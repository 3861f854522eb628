import { growUint32 } from './growable.ts';

/** Slots in the order of what is known of each by slot, mostly that in which they come: a queue that is sorted where they do not. */
export class SlotQueue {
  #slots = new Uint32Array(0);
  #first = 0;
  #end = 0;
  #isInOrder = true;
  #lastUs = 0; // of the one that comes last in order, where there is one

  get length(): number {
    return this.#end - this.#first;
  }

  get stateBytes(): number {
    return this.#slots.byteLength;
  }

  /** `orderUs`: what it stands in order of. */
  push(slot: number, orderUs: number): void {
    if (this.#end === this.#slots.length) this.#makeRoom();
    const isBehind = this.length === 0 || orderUs >= this.#lastUs;
    if (isBehind) this.#lastUs = orderUs;
    else this.#isInOrder = false;
    this.#slots[this.#end++] = slot;
  }

  /** The i-th one, of equals that which came first; the caller knows that there are as many. */
  at(i: number, orderUs: Float64Array): number {
    if (!this.#isInOrder) this.#putInOrder(orderUs);
    return this.#slots[this.#first + i]!;
  }

  /** Takes out the first one. */
  shift(): void {
    this.#first++;
  }

  #putInOrder(orderUs: Float64Array): void {
    const places = Array.from({ length: this.length }, (_, i) => this.#first + i);
    const slots = this.#slots.slice();
    places.sort((a, b) => orderUs[slots[a]!]! - orderUs[slots[b]!]! || a - b);
    places.forEach((place, i) => {
      this.#slots[this.#first + i] = slots[place]!;
    });
    this.#isInOrder = true;
  }

  /** Moves what is left to the front, and doubles the array where that frees less than half. */
  #makeRoom(): void {
    const { length } = this;
    this.#slots.copyWithin(0, this.#first, this.#end);
    this.#first = 0;
    this.#end = length;
    if (length * 2 >= this.#slots.length) this.#slots = growUint32(this.#slots, length + 1);
  }
}
