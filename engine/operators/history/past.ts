import type { Column } from '../../batch.ts';
import type { Snapshot } from '../../operator.ts';

/** What is remembered of a key's rows. Room for the keys is reserved before all else. */
export interface Past {
  readonly bytesPerKey: number;
  readonly stateBytes: number;
  reserve(keyCount: number): void;
  /** Writes the result for a row, then remembers it. `limit` is there where the node has one. */
  pass(key: number, timeUs: number, argument: Column, row: number, output: Column, limit?: Column): void;
  /** Writes the result for a row that is no reading, where the node says what is one. */
  passOver?(key: number, timeUs: number, row: number, output: Column): void;
  snapshot(keyIds: Uint32Array): Snapshot;
  restore(snapshot: Snapshot, keyIds: Int32Array): void;
  forget(key: number): void;
}
