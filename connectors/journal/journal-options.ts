import type { Disk } from '../../engine/disk.ts';
import type { OwnCodecs } from '../codecs/message-decoder.ts';

/** What journals need of the program around them. */
export type JournalOptions = {
  readonly disk: Disk;
  /** A folder with a folder for each journal. */
  readonly root: string;
  /** Codecs of the program, beside those that there are. */
  readonly codecs?: OwnCodecs;
  /** Takes a lock file, which keeps others out until it is released, or says which process has it. */
  readonly takeLock: (path: string) => JournalLock | { readonly ownerProcessId: number };
  /** Resolves after this time, or earlier when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export type JournalLock = { release(): void };
