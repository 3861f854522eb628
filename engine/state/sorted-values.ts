const CHUNK = 512;

/**
 * Numbers in ascending order, equal ones included: a list of sorted chunks of at most 512. Insert and remove move part of
 * one chunk; `at` adds up the chunks' sizes. Cost: O(log n + 512), and n / 256 steps of `at`. −0 is kept as 0.
 * Memory: 8 to 16 bytes a number, and 680 bytes at least.
 */
export class SortedValues {
  size = 0;
  readonly #chunks: Float64Array[] = [];
  readonly #counts: number[] = [];

  insert(value: number): void {
    const chosen = Math.min(this.#chunkOf(value), this.#chunks.length - 1);
    if (chosen < 0) {
      this.#chunks.push(Float64Array.of(value + 0, 0, 0, 0));
      this.#counts.push(1);
    } else {
      const index = this.#makeRoom(chosen, value);
      const chunk = this.#chunks[index]!;
      const count = this.#counts[index]!;
      const place = placeOf(chunk, count, value);
      chunk.copyWithin(place + 1, place, count);
      chunk[place] = value + 0;
      this.#counts[index] = count + 1;
    }
    this.size++;
  }

  /** Removes one of the numbers equal to `value`; there is one. */
  remove(value: number): void {
    const index = this.#chunkOf(value);
    const chunk = this.#chunks[index]!;
    const count = this.#counts[index]!;
    chunk.copyWithin(placeOf(chunk, count, value), placeOf(chunk, count, value) + 1, count);
    this.#counts[index] = count - 1;
    this.size--;
    if (count === 1) {
      this.#chunks.splice(index, 1);
      this.#counts.splice(index, 1);
    }
  }

  at(index: number): number {
    let left = index;
    for (let i = 0; ; i++) {
      const count = this.#counts[i]!;
      if (left < count) return this.#chunks[i]![left]!;
      left -= count;
    }
  }

  /** The first chunk whose last number is not less; the number of chunks if there is none. */
  #chunkOf(value: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#chunks[middle]![this.#counts[middle]! - 1]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Doubles or splits a full chunk; returns the chunk into which `value` belongs. */
  #makeRoom(index: number, value: number): number {
    const chunk = this.#chunks[index]!;
    if (this.#counts[index]! < chunk.length) return index;
    if (chunk.length < CHUNK) {
      const larger = new Float64Array(chunk.length * 2);
      larger.set(chunk);
      this.#chunks[index] = larger;
      return index;
    }
    const upper = new Float64Array(CHUNK);
    upper.set(chunk.subarray(CHUNK / 2));
    this.#chunks.splice(index + 1, 0, upper);
    this.#counts.splice(index, 1, CHUNK / 2, CHUNK / 2);
    return chunk[CHUNK / 2 - 1]! < value ? index + 1 : index;
  }
}

/** The first place whose number is not less. */
function placeOf(chunk: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
