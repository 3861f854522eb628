/**
 * What deviations are divided by: no less than a billionth of the level, so that readings that never differ make the first one that does
 * very unusual, and not infinitely so.
 */
export function leastScale(scale: number, level: number): number {
  return Math.max(scale, Math.abs(level) * 1e-9, 1e-150);
}
