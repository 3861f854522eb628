/**
 * The keys that stand behind one key of a rekeyed stream, with the least watermark of those that are active: a binary
 * heap of lower bounds that are corrected when they come to the top.
 */
export class SiteMembers {
  readonly all = new Set<number>();
  readonly #heap: number[] = []; // key ids
  readonly #boundsUs: number[] = [];
  readonly #isInHeap = new Set<number>();

  /** The member counts for the least watermark from now on. */
  activate(keyId: number, watermarkUs: number): void {
    this.all.add(keyId);
    if (this.#isInHeap.has(keyId)) return;
    this.#isInHeap.add(keyId);
    this.#push(keyId, watermarkUs);
  }

  /** The least watermark of active members; Infinity if none is active. */
  leastUs(watermarkUs: Float64Array, isActive: Uint8Array): number {
    while (this.#heap.length > 0) {
      const keyId = this.#heap[0]!;
      const actualUs = watermarkUs[keyId]!;
      if (isActive[keyId] === 1 && actualUs === this.#boundsUs[0]) return actualUs;
      this.#removeTop();
      if (isActive[keyId] === 1) this.#push(keyId, actualUs);
      else this.#isInHeap.delete(keyId);
    }
    return Infinity;
  }

  #push(keyId: number, boundUs: number): void {
    let i = this.#heap.length;
    this.#heap.push(keyId);
    this.#boundsUs.push(boundUs);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#boundsUs[parent]! <= boundUs) break;
      this.#move(parent, i);
      i = parent;
    }
    this.#heap[i] = keyId;
    this.#boundsUs[i] = boundUs;
  }

  #removeTop(): void {
    const keyId = this.#heap.pop()!;
    const boundUs = this.#boundsUs.pop()!;
    const length = this.#heap.length;
    if (length === 0) return;
    let i = 0;
    for (let child = 1; child < length; child = 2 * i + 1) {
      if (child + 1 < length && this.#boundsUs[child + 1]! < this.#boundsUs[child]!) child++;
      if (this.#boundsUs[child]! >= boundUs) break;
      this.#move(child, i);
      i = child;
    }
    this.#heap[i] = keyId;
    this.#boundsUs[i] = boundUs;
  }

  #move(from: number, to: number): void {
    this.#heap[to] = this.#heap[from]!;
    this.#boundsUs[to] = this.#boundsUs[from]!;
  }
}
