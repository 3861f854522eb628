import { growFloat64, growUint32 } from '../state/growable.ts';

/** Which rows have waited long enough, and when: a queue, since arrivals and so expiries never fall. */
export class ExpiryQueue {
  #keyIds = new Uint32Array(64);
  #timeUs = new Float64Array(64);
  #instantUs = new Float64Array(64);
  #first = 0;
  #end = 0;

  add(keyId: number, timeUs: number, instantUs: number): void {
    if (this.#end === this.#keyIds.length) this.#makeRoom();
    this.#keyIds[this.#end] = keyId;
    this.#timeUs[this.#end] = timeUs;
    this.#instantUs[this.#end] = instantUs;
    this.#end++;
  }

  nextUs(): number {
    return this.#first === this.#end ? Infinity : this.#instantUs[this.#first]!;
  }

  take(): { readonly keyId: number; readonly timeUs: number } {
    const i = this.#first++;
    return { keyId: this.#keyIds[i]!, timeUs: this.#timeUs[i]! };
  }

  /** Moves what is left to the front, and doubles the arrays where that frees less than half. */
  #makeRoom(): void {
    const length = this.#end - this.#first;
    this.#keyIds.copyWithin(0, this.#first, this.#end);
    this.#timeUs.copyWithin(0, this.#first, this.#end);
    this.#instantUs.copyWithin(0, this.#first, this.#end);
    this.#first = 0;
    this.#end = length;
    if (length * 2 <= this.#keyIds.length && this.#keyIds.length > 0) return;
    this.#keyIds = growUint32(this.#keyIds, length * 2 + 64);
    this.#timeUs = growFloat64(this.#timeUs, length * 2 + 64);
    this.#instantUs = growFloat64(this.#instantUs, length * 2 + 64);
  }
}
