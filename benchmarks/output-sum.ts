import type { OutputRow } from '../engine/connector.ts';
import type { AlertChange } from '../engine/operator.ts';

/**
 * Counts outputs and adds their numbers up, each weighted by the output's time and key, so that two lots of outputs
 * are the same, but for their order and for rounding, if their sums are.
 */
export class OutputSum {
  count = 0;
  readonly sums: number[] = [];

  /** Of what another process has added up. */
  static of({ outputs, sums }: { readonly outputs: number; readonly sums: readonly number[] }): OutputSum {
    const sum = new OutputSum();
    sum.count = outputs;
    sum.sums.push(...sums);
    return sum;
  }

  /** Null is as NaN. */
  add(timeUs: number, key: number, values: readonly (number | null)[]): void {
    const weight = 1 + ((timeUs / 1_000 + key * 31) % 1_009);
    this.count++;
    this.sums[0] = (this.sums[0] ?? 0) + weight;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? Number.NaN;
      this.sums[i + 1] = (this.sums[i + 1] ?? 0) + weight * (Number.isNaN(value) ? -1 : value);
    }
  }

  addRow({ timeUs, key, values }: OutputRow): void {
    this.add(timeUs, keyNumber(key), Object.values(values) as (number | null)[]); // as: the queries select numbers
  }

  addAlert({ timeUs, key, change }: AlertChange): void {
    this.add(timeUs, keyNumber(key), [change === 'raised' ? 1 : 0]);
  }

  /** Throws if the other is not the same. */
  check(other: OutputSum, name: string): void {
    const isSame = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.abs(a);
    if (this.count === other.count && this.sums.every((sum, i) => isSame(sum, other.sums[i]!))) return;
    throw new Error(`${name}: outputs differ: ${JSON.stringify(this)} by hand, ${JSON.stringify(other)} by an engine`);
  }
}

/** `d17` is 17; a status is a number. */
function keyNumber(key: OutputRow['key']): number {
  return Number(String(Object.values(key)[0]).replace('d', ''));
}
