/** The middle of several measurements, and how far they lie apart. */
export type Spread = { readonly median: number; readonly least: number; readonly greatest: number };

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, least: sorted[0]!, greatest: sorted.at(-1)! };
}
