/** Fewer forgotten places in a heap are not worth making it anew. */
const LEAST_FORGOTTEN = 16;

/**
 * The keys that stand behind one key of a rekeyed stream, with the least watermark of those that are active: a binary
 * heap of lower bounds that are corrected when they come to the top. A member that is forgotten keeps its place there
 * until then; where such places become many, since one device that lags far behind keeps the top, the heap is made anew.
 */
export class SiteMembers {
  readonly all = new Set<number>();
  readonly #heap: number[] = []; // key ids; bound: twice the members
  readonly #boundsUs: number[] = [];
  readonly #isInHeap = new Set<number>();
  #forgottenCount = 0; // of places in the heap, at most

  /** The member counts for the least watermark from now on. */
  activate(keyId: number, watermarkUs: number): void {
    this.all.add(keyId);
    if (this.#isInHeap.has(keyId)) return;
    this.#isInHeap.add(keyId);
    this.#push(keyId, watermarkUs);
  }

  /** The key is no member any more; its id may become another key's. */
  forget(keyId: number): void {
    this.all.delete(keyId);
    if (this.#isInHeap.delete(keyId)) this.#forgottenCount++;
  }

  /** The least watermark of active members; Infinity if none is active. */
  leastUs(watermarkUs: Float64Array, isActive: Uint8Array): number {
    if (this.#forgottenCount > 0) this.#dropForgotten(watermarkUs);
    while (this.#heap.length > 0) {
      const keyId = this.#heap[0]!;
      const actualUs = watermarkUs[keyId]!;
      const counts = isActive[keyId] === 1 && (this.#forgottenCount === 0 || this.#isInHeap.has(keyId));
      if (counts && actualUs === this.#boundsUs[0]) return actualUs;
      this.#removeTop();
      if (counts) this.#push(keyId, actualUs);
      else this.#isInHeap.delete(keyId);
    }
    return Infinity;
  }

  #dropForgotten(watermarkUs: Float64Array): void {
    if (this.#forgottenCount < LEAST_FORGOTTEN || this.#forgottenCount * 2 < this.#heap.length) return;
    this.#heap.length = 0;
    this.#boundsUs.length = 0;
    for (const keyId of this.#isInHeap) this.#push(keyId, watermarkUs[keyId]!);
    this.#forgottenCount = 0;
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
