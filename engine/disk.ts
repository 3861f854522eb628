/**
 * What Millrace asks of a file system: enough for logs and for files that are replaced whole. Real files have it from
 * `engine/runtime/node-disk.ts`; the simulation has a disk that crashes, tears and fills up.
 *
 * Failures are errors with the operating system's `code` (ENOENT, ENOSPC, EACCES …); who calls makes a coded error of
 * them. What was written is durable only after `sync` of the file; that a file is there under its name, only after
 * `syncFolder` of its folder.
 */
export interface Disk {
  /** Names in a folder, sorted; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** With its parents, all durable when it returns; nothing where it is there. */
  makeFolder(folder: string): Promise<void>;
  /** `read`: it must be there. `write`: made where it is not, its content stays. `create`: empty. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>;
  /** Replaces what is there under the new name. */
  rename(from: string, to: string): Promise<void>;
  /** Nothing where it is not there. */
  remove(path: string): Promise<void>;
  syncFolder(folder: string): Promise<void>;
}

/** An open file. Calls on one file do not overlap. */
export interface DiskFile {
  /** Reads into all of `into` from a place of the file; returns how many bytes there were. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes` at a place of the file; after a failure any part of them may be there. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  sync(): Promise<void>;
  size(): Promise<number>;
  /** The same for the same file under any name, another one for a file put in its place. */
  identity(): Promise<string>;
  close(): Promise<void>;
}
