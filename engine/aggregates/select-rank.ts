/** Below it a sample costs more than it saves. */
const SAMPLED = 600;

/** Looks at each value, a few times over: what is left after so many is sorted, and no order of values is a slow one. */
const LOOKS = 4;

/**
 * The value at place `rank` if `values[from … to-1]` were sorted; −0 counts as 0, and there is no NaN. Moves them: the lesser ones
 * are before it afterwards, the greater ones behind. Cost: linear, about 1.5 looks at each value for a median. Floyd and
 * Rivest (Algorithm 489, CACM 18, 1975): the pivot is the rank in a sample; ended by a sort where the pivots were bad.
 */
export function selectRank(
  values: Float64Array,
  { from, to, rank }: { readonly from: number; readonly to: number; readonly rank: number },
): number {
  let left = from;
  let right = to - 1;
  let looks = LOOKS * (to - from);
  while (left < right) {
    looks -= right - left + 1;
    if (looks < 0) {
      values.subarray(left, right + 1).sort();
      break;
    }
    if (right - left >= SAMPLED) sample(values, { left, right, rank });
    const pivot = values[rank]!;
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const moved = values[i]!;
      values[i++] = values[j]!;
      values[j--] = moved;
    }
    if (rank <= j) right = j;
    else if (rank >= i) left = i;
    else break; // all between j and i equal the pivot
  }
  return values[rank]!;
}

/** Selects the rank among its neighbours, so many that it is near the rank among all. The constants are the paper's. */
function sample(
  values: Float64Array,
  { left, right, rank }: { readonly left: number; readonly right: number; readonly rank: number },
): void {
  const length = right - left + 1;
  const place = rank - left + 1;
  const size = 0.5 * Math.exp((2 * Math.log(length)) / 3);
  const spread = 0.5 * Math.sqrt((Math.log(length) * size * (length - size)) / length);
  const aside = place < length / 2 ? -spread : spread;
  const from = Math.max(left, Math.floor(rank - (place * size) / length + aside));
  const to = Math.min(right, Math.floor(rank + ((length - place) * size) / length + aside)) + 1;
  selectRank(values, { from, to, rank });
}
