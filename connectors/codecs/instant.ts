/** A point in time of a format that has such a type (MessagePack's timestamp, CBOR's tags 0 and 1, Parquet's timestamps). */
export class Instant {
  readonly us: number;

  constructor(us: number) {
    this.us = us;
  }
}
