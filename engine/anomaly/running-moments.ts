/** Number, mean and sum of squared deviations of all readings (Welford 1962). */
const COUNT = 0;
const MEAN = 1;
const SQUARES = 2;

export const RUNNING_WIDTH = 3;

export function addRunning(record: Float64Array, start: number, value: number): void {
  const count = record[start + COUNT]! + 1;
  const distance = value - record[start + MEAN]!;
  const mean = record[start + MEAN]! + distance / count;
  record[start + COUNT] = count;
  record[start + MEAN] = mean;
  record[start + SQUARES] = record[start + SQUARES]! + distance * (value - mean);
}

export function runningCount(record: Float64Array, start: number): number {
  return record[start + COUNT]!;
}

export function runningMean(record: Float64Array, start: number): number {
  return record[start + MEAN]!;
}

/** Of a sample: there are two readings at least. */
export function runningDeviation(record: Float64Array, start: number): number {
  return Math.sqrt(record[start + SQUARES]! / (record[start + COUNT]! - 1));
}
