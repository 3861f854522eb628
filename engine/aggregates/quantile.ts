/**
 * The quantile of n sorted values by linear interpolation between the two neighbours of position (n − 1)·q: type 7 of
 * Hyndman and Fan (The American Statistician 50, 1996), the default of R, NumPy and Excel. n is at least 1. `at` is asked for one or two places, the lower one
 * first.
 */
export function quantile(n: number, q: number, at: (index: number) => number): number {
  const position = (n - 1) * q;
  const index = Math.floor(position);
  const low = at(index);
  if (position === index) return low;
  return low + (position - index) * (at(index + 1) - low);
}
