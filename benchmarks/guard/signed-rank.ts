/**
 * Wilcoxon's signed-rank test (Biometrics Bulletin 1, 1945) of paired differences, exact: over all 2^n signs. It asks nothing of
 * how they are distributed but that they lie evenly around their middle.
 */
const MOST = 20; // 2^n cases

/** How likely so few, or so small, differences above 0 are, if they lie around 0 or above it. Zeros are left out. */
export function likelihoodOfLoss(differences: readonly number[]): number {
  const ranked = ranksOf(differences.filter(difference => difference !== 0));
  if (ranked.length > MOST) throw new RangeError(`at most ${MOST} differences`);
  const above = ranked.filter(({ difference }) => difference > 0).reduce((sum, { rank }) => sum + rank, 0);
  const sums = sumsOfSigns(ranked.map(({ rank }) => rank));
  return sums.filter(sum => sum <= above).length / sums.length;
}

/** The middle of the averages of all pairs (Hodges and Lehmann, 1963), and between which of them it lies with this confidence. */
export function middleOf(
  differences: readonly number[],
  confidence: number,
): { readonly middle: number; readonly least: number; readonly greatest: number } {
  const averages = differences.flatMap((a, i) => differences.slice(i).map(b => (a + b) / 2)).toSorted((a, b) => a - b);
  const sums = sumsOfSigns(differences.map((_, i) => i + 1));
  const tail = (1 - confidence) / 2;
  let first = 0; // counted from 1 at both ends: the first average that is inside
  while (sums.filter(sum => sum <= first).length / sums.length <= tail) first++;
  const half = averages.length >> 1;
  return {
    middle: averages.length % 2 === 1 ? averages[half]! : (averages[half - 1]! + averages[half]!) / 2,
    least: averages[Math.max(0, first - 1)]!,
    greatest: averages.at(-Math.max(1, first))!,
  };
}

/** By size, from 1; equal ones share the mean of theirs. */
function ranksOf(differences: readonly number[]): { readonly difference: number; readonly rank: number }[] {
  const sizes = differences.map(Math.abs);
  return differences.map(difference => {
    const size = Math.abs(difference);
    const smaller = sizes.filter(other => other < size).length;
    const equal = sizes.filter(other => other === size).length;
    return { difference, rank: smaller + (equal + 1) / 2 };
  });
}

/** Of the ranks above 0, for each choice of signs. */
function sumsOfSigns(ranks: readonly number[]): number[] {
  return ranks.reduce((sums, rank) => sums.concat(sums.map(sum => sum + rank)), [0]);
}
