/** Most degrees of freedom that are told apart; those of more are hardly narrower. */
export const MOST_FREEDOM = 30;

/**
 * How far from its mean a standardised value of Student's t lies at most with this probability, on both sides, by its degrees of
 * freedom: 1 to MOST_FREEDOM.
 */
export function studentQuantiles(probability: number): Float64Array {
  return Float64Array.from({ length: MOST_FREEDOM + 1 }, (_, freedom) =>
    freedom === 0 ? Infinity : quantile(probability, freedom),
  );
}

function quantile(probability: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (within(high, freedom) < probability) high *= 2;
  for (let halved = 0; halved < 60; halved++) {
    const middle = (low + high) / 2;
    if (within(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return high;
}

/** The probability of no more than ±t: the finite series of Abramowitz & Stegun 26.7.3 and 26.7.4. */
function within(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let i = isOdd ? 3 : 2; i <= freedom - 2; i += 2) {
    term *= (cosine * cosine * (i - 1)) / i;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
