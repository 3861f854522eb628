import type { AggregateName } from '../../dsl/plan.ts';

/** A row of one key as an aggregate sees it: `x` is its first argument, `y` its second. */
export type OracleRow = { readonly timeUs: number; readonly x: OracleValue; readonly y: OracleValue };
export type OracleValue = number | string | null;

/**
 * What docs/language/aggregates.md says, written for clarity: recomputed from all rows of a pane or range, in order.
 * `endUs` is the pane's end, or the time of the row that asks.
 */
export function oracle(name: AggregateName, rows: readonly OracleRow[], endUs: number, parameter = 0.5): OracleValue {
  const present = rows.filter(row => row.x !== null);
  if (name === 'count') return present.length;
  if (name === 'distinct') return new Set(present.map(row => row.x)).size;
  if (name === 'correlation') return pearson(present.filter(row => row.y !== null));
  if (present.length === 0) return null;
  const first = present[0]!;
  const last = present.at(-1)!;
  const numbers = present.map(row => row.x as number);
  const sorted = numbers.toSorted((a, b) => a - b);
  switch (name) {
    case 'sum':
      return sum(numbers);
    case 'avg':
      return mean(numbers);
    case 'min':
      return sorted[0]!;
    case 'max':
      return sorted.at(-1)!;
    case 'spread':
      return sorted.at(-1)! - sorted[0]!;
    case 'first':
      return first.x;
    case 'last':
      return last.x;
    case 'delta':
      return (last.x as number) - (first.x as number);
    case 'var':
      return numbers.length < 2 ? null : variance(numbers);
    case 'stddev':
      return numbers.length < 2 ? null : Math.sqrt(variance(numbers));
    case 'median':
      return interpolate(sorted, 0.5);
    case 'percentile':
      return interpolate(sorted, parameter);
    case 'mode':
      return mode(present.map(row => row.x!));
    case 'increase':
      return increase(numbers);
    case 'rate': {
      const seconds = (last.timeUs - first.timeUs) / 1e6;
      return seconds === 0 ? null : increase(numbers) / seconds;
    }
    case 'slope':
      return slope(present);
    case 'ewma': {
      const weights = present.map(row => 2 ** ((row.timeUs - last.timeUs) / parameter));
      return sum(numbers.map((x, i) => x * weights[i]!)) / sum(weights);
    }
    case 'integral':
      return area(present, endUs) / 1e6;
    case 'duration':
      return area(present, endUs);
    case 'twa':
      return endUs === first.timeUs ? last.x : area(present, endUs) / (endUs - first.timeUs);
    case 'argmax':
      return present.find(row => row.x === sorted.at(-1))!.y;
    case 'argmin':
      return present.find(row => row.x === sorted[0])!.y;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return sum(values.map(value => (value - middle) ** 2)) / (values.length - 1);
}

function interpolate(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

function mode(values: readonly (number | string)[]): number | string {
  const timesOf = (value: number | string): number => values.filter(other => other === value).length;
  const most = Math.max(...values.map(timesOf));
  return values.find(value => timesOf(value) === most)!;
}

function increase(values: readonly number[]): number {
  return sum(values.slice(1).map((value, i) => (value >= values[i]! ? value - values[i]! : value)));
}

function slope(rows: readonly OracleRow[]): number | null {
  const seconds = rows.map(row => (row.timeUs - rows[0]!.timeUs) / 1e6);
  const middle = mean(seconds);
  const middleX = mean(rows.map(row => row.x as number));
  const squares = sum(seconds.map(s => (s - middle) ** 2));
  return squares === 0
    ? null
    : sum(rows.map((row, i) => (seconds[i]! - middle) * ((row.x as number) - middleX))) / squares;
}

function pearson(rows: readonly OracleRow[]): number | null {
  if (rows.length < 2) return null;
  const xs = rows.map(row => row.x as number);
  const ys = rows.map(row => row.y as number);
  const scale = Math.sqrt(variance(xs) * variance(ys));
  if (scale === 0) return null;
  return sum(xs.map((x, i) => (x - mean(xs)) * (ys[i]! - mean(ys)))) / (rows.length - 1) / scale;
}

function area(rows: readonly OracleRow[], endUs: number): number {
  return sum(rows.map((row, i) => (row.x as number) * ((rows[i + 1]?.timeUs ?? endUs) - row.timeUs)));
}
