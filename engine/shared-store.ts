/**
 * What several processes have in common: a table of small entries, each with a revision, and files. JetStream has both; a
 * simulation stands in for it.
 *
 * Failures are coded errors. After one with `retry: 'backoff'` nobody knows whether a write came through.
 */
export type SharedStore = {
  readonly entries: SharedEntries;
  readonly files: SharedFiles;
  close(): Promise<void>;
};

export type SharedEntry = {
  readonly revision: number;
  readonly value: string;
  /** When it was written, by the store's clock. */
  readonly timeUs: number;
};

export interface SharedEntries {
  /** All of them, by key. One that was just written may be an older one here. */
  readAll(): Promise<ReadonlyMap<string, SharedEntry>>;
  /** The newest. */
  read(key: string): Promise<SharedEntry | null>;
  /**
   * Writes where the entry is still of this revision (0: there is none), and resolves with the new one, which is greater than
   * every revision before, of any key. Null: the entry is another, and nothing was written.
   */
  write(key: string, value: string, revision: number): Promise<number | null>;
  /** Nothing where it is of another revision. */
  remove(key: string, revision: number): Promise<void>;
}

/** A file is there whole, or not at all; its bytes never change. */
export interface SharedFiles {
  write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Checked, and then handed over; null: there is no such file. Errors: MR6003 it is damaged. */
  read(name: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** Nothing where it is not there. */
  remove(name: string): Promise<void>;
  /** Those whose name begins so. */
  list(prefix: string): Promise<readonly string[]>;
}
