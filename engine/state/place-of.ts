/** How many of `count` sorted numbers from `start` on are less than the value: where it belongs. */
export function placeOf(sorted: Float64Array, start: number, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[start + middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
