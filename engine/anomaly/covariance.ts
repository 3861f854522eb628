import { leastScale } from './scale.ts';

const SHRINKAGE = 0.01; // of correlations (Ledoit & Wolf 2004 estimate theirs)

/**
 * Means and covariances of so many fields, of which a new reading becomes a share. Record: the means, then the lower triangle
 * of the covariances row by row.
 */
export class Covariance {
  readonly fields: number;
  readonly width: number;
  readonly #factor: Float64Array; // Cholesky's, of the correlations
  readonly #scales: Float64Array;
  readonly #solved: Float64Array;
  readonly #column: Float64Array;

  constructor(fields: number) {
    this.fields = fields;
    this.width = fields + (fields * (fields + 1)) / 2;
    this.#factor = new Float64Array(fields * fields);
    this.#scales = new Float64Array(fields);
    this.#solved = new Float64Array(fields);
    this.#column = new Float64Array(fields);
  }

  add(record: Float64Array, start: number, values: Float64Array, share: number): void {
    const triangle = start + this.fields;
    for (let i = 0, at = triangle; i < this.fields; i++) {
      const di = values[i]! - record[start + i]!;
      for (let j = 0; j <= i; j++, at++) {
        const dj = values[j]! - record[start + j]!;
        record[at] = (1 - share) * (record[at]! + share * di * dj);
      }
    }
    for (let i = 0; i < this.fields; i++)
      record[start + i] = record[start + i]! + share * (values[i]! - record[start + i]!);
  }

  /** The squared Mahalanobis distance of a point from the mean. Cost: cubic in the number of fields. */
  distance(record: Float64Array, start: number, values: Float64Array): number {
    this.#decompose(record, start);
    const { fields } = this;
    let sum = 0;
    for (let i = 0; i < fields; i++) {
      let rest = (values[i]! - record[start + i]!) / this.#scales[i]!;
      for (let j = 0; j < i; j++) rest -= this.#factor[i * fields + j]! * this.#solved[j]!;
      this.#solved[i] = rest / this.#factor[i * fields + i]!;
      sum += this.#solved[i]! * this.#solved[i]!;
    }
    return sum;
  }

  /** Of the point asked for last: the field that its distance shrinks most without. */
  mostUnusual(): number {
    const { fields } = this;
    let most = 0;
    let greatest = -1;
    // The field's part is w²/d, of the inverse's column: w = (C⁻¹ z) at the field, d = (C⁻¹) at the field and itself.
    for (let field = 0; field < fields; field++) {
      for (let i = 0; i < fields; i++) {
        let rest = i === field ? 1 : 0;
        for (let j = field; j < i; j++) rest -= this.#factor[i * fields + j]! * this.#column[j]!;
        this.#column[i] = i < field ? 0 : rest / this.#factor[i * fields + i]!;
      }
      let weight = 0;
      let own = 0;
      for (let i = field; i < fields; i++) {
        weight += this.#column[i]! * this.#solved[i]!;
        own += this.#column[i]! * this.#column[i]!;
      }
      const part = (weight * weight) / own;
      if (part <= greatest) continue;
      greatest = part;
      most = field;
    }
    return most;
  }

  #decompose(record: Float64Array, start: number): void {
    const { fields } = this;
    const triangle = start + fields;
    for (let i = 0; i < fields; i++)
      this.#scales[i] = leastScale(Math.sqrt(record[triangle + (i * (i + 1)) / 2 + i]!), record[start + i]!);
    for (let i = 0; i < fields; i++) {
      for (let j = 0; j <= i; j++) {
        const covariance = record[triangle + (i * (i + 1)) / 2 + j]!;
        const correlation = (covariance / this.#scales[i]! / this.#scales[j]!) * (1 - SHRINKAGE);
        let rest = i === j ? 1 : correlation;
        for (let k = 0; k < j; k++) rest -= this.#factor[i * fields + k]! * this.#factor[j * fields + k]!;
        this.#factor[i * fields + j] = i === j ? Math.sqrt(rest) : rest / this.#factor[j * fields + j]!;
      }
    }
  }
}
