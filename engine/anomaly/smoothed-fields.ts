const SMOOTHING = 0.1; // what a reading is of the moving average

/** Exponentially weighted means of several fields, the first reading being the mean that all begins with. */
export class SmoothedFields {
  readonly width: number;
  /** Those of the record looked at last. */
  readonly values: Float64Array;

  constructor(fields: number) {
    this.width = fields;
    this.values = new Float64Array(fields);
  }

  begin(record: Float64Array, start: number, reading: Float64Array): void {
    for (let i = 0; i < this.width; i++) this.#set(record, start, i, reading[i]!);
  }

  add(record: Float64Array, start: number, reading: Float64Array): void {
    for (let i = 0; i < this.width; i++) {
      const before = record[start + i]!;
      this.#set(record, start, i, before + SMOOTHING * (reading[i]! - before));
    }
  }

  #set(record: Float64Array, start: number, field: number, value: number): void {
    record[start + field] = value;
    this.values[field] = value;
  }
}
