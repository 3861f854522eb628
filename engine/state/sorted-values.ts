import { placeOf } from './place-of.ts';

const CHUNK = 512;
const LEAST = 4;

/**
 * Numbers in ascending order, equal ones included: a list of sorted chunks of at most 512. Insert and remove move part of
 * one chunk; `at` walks over the chunks from where it was last. Cost: O(log n + 512), and one of `at` for each 256 numbers
 * between two places that are asked for. −0 is kept as 0.
 * Memory: 8 to 16 bytes a number, and 730 bytes at least.
 */
export class SortedValues {
  size = 0;
  readonly #chunks: Float64Array[] = [];
  readonly #counts: number[] = [];
  /** Of each chunk but the last: no number in it is greater, none behind it less. Side by side, as a search in the chunks misses the cache. */
  readonly #bounds: number[] = [];
  #chunk = 0; // that was last read
  #before = 0; // numbers in the chunks before it

  insert(value: number): void {
    if (this.#chunks.length === 0) {
      this.#chunks.push(new Float64Array(LEAST));
      this.#counts.push(0);
    }
    const index = this.#makeRoom(this.#chunkOf(value), value);
    const chunk = this.#chunks[index]!;
    const count = this.#counts[index]!;
    const place = placeOf(chunk, 0, count, value);
    chunk.copyWithin(place + 1, place, count);
    chunk[place] = value + 0;
    this.#counts[index] = count + 1;
    if (index < this.#chunk) this.#before++;
    this.size++;
  }

  /** Removes one of the numbers equal to `value`; there is one. */
  remove(value: number): void {
    let index = this.#chunkOf(value);
    let place = placeOf(this.#chunks[index]!, 0, this.#counts[index]!, value);
    if (place === this.#counts[index]) {
      index++; // it equals the bound, and all such in that chunk are gone
      place = placeOf(this.#chunks[index]!, 0, this.#counts[index]!, value);
    }
    const count = this.#counts[index]!;
    this.#chunks[index]!.copyWithin(place, place + 1, count);
    this.#counts[index] = count - 1;
    this.size--;
    if (index < this.#chunk) this.#before--;
    if (count === 1) this.#drop(index);
  }

  /** Cost: constant where places that are asked for one after the other are near each other. */
  at(index: number): number {
    const counts = this.#counts;
    while (index < this.#before) this.#before -= counts[--this.#chunk]!;
    while (index >= this.#before + counts[this.#chunk]!) this.#before += counts[this.#chunk++]!;
    return this.#chunks[this.#chunk]![index - this.#before]!;
  }

  /** The first chunk whose bound is not less. */
  #chunkOf(value: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bounds[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** An empty chunk goes; the one behind it, or before the last, takes over what it was for. */
  #drop(index: number): void {
    this.#chunks.splice(index, 1);
    this.#counts.splice(index, 1);
    this.#bounds.splice(Math.min(index, this.#bounds.length - 1), 1);
    if (index < this.#chunk) this.#chunk--;
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
    if (index < this.#chunk) this.#chunk++;
    this.#bounds.splice(index, 0, chunk[CHUNK / 2 - 1]!);
    return chunk[CHUNK / 2 - 1]! < value ? index + 1 : index;
  }
}
