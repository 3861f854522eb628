import type { PartMeans } from './range-parts.ts';

/** The line of least squares through some points in a row, and how these lie about it. */
export type FittedLine = { time: number; value: number; slope: number; spread: number; squares: number; next: number };

export function emptyLine(): FittedLine {
  return { time: 0, value: 0, slope: 0, spread: 0, squares: 0, next: 0 };
}

/**
 * Through the points from `from` to before `to`, of which there are two at least: `time` and `value` are their means, `spread` the squares of
 * times about theirs, `squares` those of residuals, and `next` the products of each residual with the next.
 */
export function fitLine({ times, values }: PartMeans, from: number, to: number, line: FittedLine): void {
  const count = to - from;
  let time = 0;
  let value = 0;
  for (let i = from; i < to; i++) {
    time += times[i]! / count;
    value += (values[i]! - values[from]!) / count;
  }
  value += values[from]!;
  let spread = 0;
  let both = 0;
  for (let i = from; i < to; i++) {
    spread += (times[i]! - time) ** 2;
    both += (times[i]! - time) * (values[i]! - value);
  }
  const slope = spread === 0 ? 0 : both / spread;
  let squares = 0;
  let next = 0;
  let before = 0;
  for (let i = from; i < to; i++) {
    const residual = values[i]! - value - slope * (times[i]! - time);
    squares += residual * residual;
    next += residual * before;
    before = residual;
  }
  line.time = time;
  line.value = value;
  line.slope = slope;
  line.spread = spread;
  line.squares = squares;
  line.next = next;
}
