/**
 * How far whatever dates arrivals has come, in all lives: no machine's clock is behind what it has read, or an action of
 * today would come before what it was told yesterday.
 */
export class Arrivals {
  #newestUs = -Infinity;

  get newestUs(): number {
    return this.#newestUs;
  }

  note(timesUs: Float64Array | readonly number[], length = timesUs.length): void {
    for (let i = 0; i < length; i++) this.#newestUs = Math.max(this.#newestUs, timesUs[i]!);
  }
}
